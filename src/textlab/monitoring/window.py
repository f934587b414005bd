"""The window of a look, as people write it: "7d", "12h", "2026-11-23"."""

import re
import time
from datetime import UTC, datetime

from textlab.monitoring.timeline import DAY, HOUR, moment

SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")
SECONDS = {"h": HOUR, "d": DAY, "w": 7 * DAY}


def window_of(since: str, until: str | None = None) -> tuple[float, float]:
    """Return the window [since, until) in seconds since 1970.

    Args:
        since: a span before `until`, such as 7d, 12h or 2w, or a date or time.
        until: a date or time. By default, now. Times without a zone are in UTC.

    Raises:
        ValueError: a value is not valid, `until` is in the future, or `since` is not before it.
    """
    now = time.time()
    end = now if until is None else _time("--until", until)
    if end > now:
        raise ValueError(f"--until {until} is in the future. Give a time that has passed, or leave the option out.")
    span = SPAN.fullmatch(since)
    start = end - int(span[1]) * SECONDS[span[2]] if span else _time("--since", since)
    if not 0 <= start < end:
        raise ValueError(
            f"--since {since} is not before {moment(end)} UTC, the end of the window. Give an earlier time."
        )
    return start, end


def _time(option: str, given: str) -> float:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        spans = "a span such as 7d or 12h, or " if option == "--since" else ""
        raise ValueError(
            f"{option} {given} is not a time. Give {spans}a date such as 2026-11-23 or 2026-11-23T06:00."
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
