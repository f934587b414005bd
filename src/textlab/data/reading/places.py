"""Say where something stands in a file: one line, or the number of rows and the first lines."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

SHOWN = 5  # lines named in a message


def rows_in(lines: Sequence[int] | pd.Index) -> str:
    """Return the rows as "line 187", or as "15 rows, first lines 187, 204, 230, 231, 240"."""
    if len(lines) == 1:
        return f"line {lines[0]}"
    lines = list(lines)
    first = "first lines" if len(lines) > SHOWN else "lines"
    return f"{len(lines):,} rows, {first} {', '.join(map(str, lines[:SHOWN]))}"


def located(path: Path, lines: Sequence[int] | pd.Index) -> str:
    """Return the beginning of a message about rows, such as "tweets.csv, line 187"."""
    return f"{path}, {rows_in(lines)}"


def first_lines(lines: Iterable[object]) -> str:
    """Name the first lines, such as "3, 17, 20 and 12 more", or "train.txt:3, 17, test.txt:2"."""
    names, previous = [], ""
    for line in map(str, lines):
        file, _, number = line.rpartition(":")
        names.append(number if file == previous else line)
        previous = file
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest:,} more" if rest > 0 else "")
