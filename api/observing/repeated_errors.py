"""Limits on reports of errors that repeat: a few are reported, the others are counted."""

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass

PERIOD_SECONDS = 60.0
MOST_REPORTED = 5  # errors of one kind within PERIOD_SECONDS
REMEMBERED_KINDS = 256


@dataclass(slots=True)
class _Kind:
    """The counts of errors of one kind. `since` is the start of the period in `time.monotonic()`."""

    since: float
    reported: int = 0
    withheld: int = 0


class RepeatedErrors:
    """Allows at most MOST_REPORTED reports of one kind of error within PERIOD_SECONDS."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a finalizer that runs while it is held may fail and report
        self._kinds: dict[tuple[Hashable, ...], _Kind] = {}

    def count(self, *kind: Hashable) -> int | None:
        """Count an error.

        Args:
            kind: values that are equal for errors of one kind.

        Returns:
            None if the error must not be reported, else the number of unreported errors of its kind before it.
        """
        now = time.monotonic()
        with self._lock:
            known = self._kinds.get(kind)
            if known is None:
                if len(self._kinds) >= REMEMBERED_KINDS:
                    self._kinds.clear()
                known = self._kinds[kind] = _Kind(now)
            if now - known.since > PERIOD_SECONDS:
                known.since, known.reported = now, 0
            if known.reported >= MOST_REPORTED:
                known.withheld += 1
                return None
            known.reported += 1
            withheld, known.withheld = known.withheld, 0
            return withheld
