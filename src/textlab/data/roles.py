"""Columns of a table that say who wrote a text and when: found by name or by option, and read as groups and times."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from textlab.data.reading.places import located

GROUP_NAMES = (
    *("group", "group_id", "author", "author_id", "user", "user_id", "username", "user_name", "screen_name", "speaker"),
    *("speaker_id", "customer", "customer_id", "account", "account_id", "reviewer", "reviewer_id", "writer", "sender"),
)
TIME_NAMES = (
    *("time", "date", "datetime", "date_time", "timestamp", "created", "created_at", "creation_date", "date_created"),
    *("published", "published_at", "posted_at", "sent_at", "review_date", "tweet_created"),
)
NUMERIC_TIMES: tuple[tuple[str, dict[str, str]], ...] = (
    (r"[12]\d{3}", {"format": "%Y"}),
    (r"[12]\d{3}[01]\d[0-3]\d", {"format": "%Y%m%d"}),
    (r"\d{9,10}", {"unit": "s"}),
    (r"\d{12,13}", {"unit": "ms"}),
)


@dataclass(frozen=True)
class Roles:
    """The columns of a table that say who wrote a text and when; "" where there is none.

    Attributes:
        group: the column of the group of each row, such as its author.
        time: the column of the time of each row.
    """

    group: str = ""
    time: str = ""


def find_roles(table: pd.DataFrame, group: str, time: str, taken: Sequence[str], path: Path) -> Roles:
    """Find the columns of groups and times: those that options name, else those with a usual name.

    Args:
        table: the table.
        group, time: columns that options name; "" for none.
        taken: columns with another meaning.
        path: the table's file, for messages.

    Raises:
        ValueError: a named column is missing.
    """
    for option, column in (("group", group), ("time", time)):
        if column and column not in table:
            available = ", ".join(map(str, table.columns))
            raise ValueError(f"{path} has no column '{column}' for {option}=; it has {available}. Name one of these.")
    free = [str(column) for column in table.columns if column not in (*taken, group, time)]
    return Roles(group or _usual(free, GROUP_NAMES), time or _usual(free, TIME_NAMES, lambda c: _is_time(table[c])))


def _usual(columns: Sequence[str], names: Sequence[str], accept: Callable[[str], bool] = lambda _: True) -> str:
    """Return the column with the first of the usual names, however it is written: "Created At" is created_at."""
    plain = {re.sub(r"[\s\-.]+", "_", column.strip()).casefold(): column for column in columns}
    return next((plain[name] for name in names if name in plain and accept(plain[name])), "")


def _is_time(column: pd.Series) -> bool:
    return bool(read_times(column).notna().all())


def with_roles(frame: pd.DataFrame, table: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """Add the columns `group` and `time` to the examples of a table, as far as the table has such columns."""
    if roles.group:
        frame = frame.assign(group=_groups(table[roles.group]))
    return frame.assign(time=read_times(table[roles.time])) if roles.time else frame


def _groups(column: pd.Series) -> list[str]:
    """Return the group of each row as text; a row without one is a group of its own."""
    is_empty = column.isna() | (column.astype(str).str.strip() == "")
    rows = zip(column.index, column, is_empty, strict=True)
    return [f"(none, line {line})" if empty else str(value).strip() for line, value, empty in rows]


def check_times(column: pd.Series, path: Path) -> None:
    """Check that every cell of a column is a time that can be read in one way only.

    Raises:
        ValueError: a cell is no time, or day and month can be read both ways.
    """
    times = read_times(column)
    bad = column.index[times.isna()]
    if len(bad):
        raise ValueError(
            f"{located(path, bad)}: the column '{column.name}' holds no time that can be read. Write times such as "
            "2026-11-29 or 2026-11-29 13:45, in one format."
        )
    day_first = _parsed(column, dayfirst=True)
    if day_first.notna().all() and (day_first != times).any():
        line = column.index[day_first != times][0]
        raise ValueError(
            f"{path}, line {line}: '{column[line]}' in the column '{column.name}' can be read with the month or "
            "the day first, and so can all other cells. Write times with the year first, such as 2026-11-29."
        )


def read_times(column: pd.Series) -> pd.Series:
    """Return the time of each row, NaT where a cell is no time. All cells must have one format, or be ISO 8601."""
    texts = column.astype(str).str.strip().str.removesuffix(".0")
    for pattern, how in NUMERIC_TIMES:
        if texts.str.fullmatch(pattern).all():
            values = texts.astype("int64") if "unit" in how else texts
            return pd.to_datetime(values, utc=True, errors="coerce", **how).dt.tz_localize(None)  # type: ignore[call-overload]
    best = _parsed(column)
    for reading in ({"dayfirst": True}, {"format": "ISO8601"}):
        if best.isna().any():
            best = min(best, _parsed(column, **reading), key=lambda times: times.isna().sum())
    return best


def _parsed(column: pd.Series, **how: object) -> pd.Series:
    import warnings

    values = column if pd.api.types.is_datetime64_any_dtype(column) else column.astype(str).str.strip()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pandas warns if it has to guess a format for each cell
        parsed = pd.to_datetime(values, utc=True, errors="coerce", **how)  # type: ignore[call-overload]
    return pd.Series(parsed, column.index).dt.tz_localize(None)
