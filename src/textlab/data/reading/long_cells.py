"""Find cells of many lines: a quote that is closed in a later row makes one text of all the rows between."""

import csv
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from textlab.concerns import Concern, ConcernKind

logger = logging.getLogger(__name__)

MANY_LINES = 20
FEW_LINES = 5  # from here on, a cell is noticed if each of its inner lines has as many cells as a row
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class LongCell:
    """A cell of several lines.

    Attributes:
        column: the name of its column.
        line: the line where it begins.
        lines: number of its lines.
        rows: number of its lines that look like rows of the table.
    """

    column: str
    line: int
    lines: int
    rows: int


def lines_of(cell: str) -> list[str]:
    """Return the lines of a cell, by the line ends that end a row."""
    return _LINE_END.split(cell)


def long_cells(table: pd.DataFrame, separator: str) -> list[LongCell]:
    """Return the cells of several lines that contain rows of the table, or that have more than `MANY_LINES` lines."""
    several = list(_cells_of_several_lines(table))
    usual = {place: _usual_values(table.iloc[:, place]) for place in range(table.shape[1])} if several else {}
    found = []
    for place, line, cell in several:
        lines = lines_of(cell)
        rows = _rows_inside(lines, place, separator, usual)
        if rows or len(lines) > MANY_LINES:
            found.append(LongCell(str(table.columns[place]), line, len(lines), rows))
    return found


def _cells_of_several_lines(table: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    """Yield the place of the column, the line where the cell begins, and the cell."""
    for line, row in zip(table.index, table.itertuples(index=False, name=None), strict=True):
        begin = line
        for place, cell in enumerate(row):
            if isinstance(cell, str) and ("\n" in cell or "\r" in cell):
                yield place, begin, cell
                begin += len(lines_of(cell)) - 1


def _usual_values(column: pd.Series) -> set[str]:
    """Return the values that occur in several rows, such as the names of classes."""
    counts = column[column.astype(str).str.strip() != ""].value_counts()
    return set(counts.index[counts > 1])


def _rows_inside(lines: list[str], place: int, separator: str, usual: dict[int, set[str]]) -> int:
    """Return how many line ends of a cell look like ends of rows.

    They do if the cells beside the column hold usual values, such as the label in 'late again,negative'.
    """
    width, count = len(usual), 0
    parsed = [next(csv.reader([line], delimiter=separator), []) for line in lines]
    for number, cells in enumerate(parsed):
        first = place if number == 0 else 0
        last = place if number == len(parsed) - 1 else width - 1
        others = [(first + offset, cell) for offset, cell in enumerate(cells) if first + offset != place]
        if len(cells) == last - first + 1 and any(cell in usual[position] for position, cell in others):
            count += 1
    return count


def long_cell_concerns(cells: list[LongCell]) -> list[Concern]:
    """Return a serious concern about cells that contain rows, and a slight one about other cells of many lines."""
    concerns: list[Concern] = []
    if joined := [cell for cell in cells if cell.rows]:
        longest = max(joined, key=lambda cell: cell.rows)
        more = f" {len(joined) - 1} more cell(s) contain rows." if len(joined) > 1 else ""
        concerns.append(
            Concern(
                ConcernKind.UNUSUAL_TEXT,
                f"One cell of the column '{longest.column}' begins in line {longest.line} and spans {longest.lines} "
                f"lines, and {longest.rows} of them look like rows of their own.{more}",
                f"Check the quotes from line {longest.line} on: a quote that is closed in a later row makes one text "
                "of all the rows between.",
            )
        )
    if long := [cell for cell in cells if not cell.rows]:
        longest = max(long, key=lambda cell: cell.lines)
        concerns.append(
            Concern(
                ConcernKind.UNUSUAL_TEXT,
                f"{len(long)} cell(s) span more than {MANY_LINES} lines; the longest begins in line {longest.line} and "
                f"spans {longest.lines} lines.",
                "Check the quotes there if no text is that long.",
                is_serious=False,
            )
        )
    return concerns


def watched(rows: Iterator[tuple[int, list[str]]], path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield rows as they come, and log at the end which cell spans many lines. Few rows are in memory at a time.

    Args:
        rows: the header and the rows, each with the line where it starts.
        path: their file, for the message.
        separator: what separates the cells.
    """
    found: list[tuple[int, int]] = []
    for line, row in rows:
        found += [(line, len(lines)) for lines in map(lines_of, row) if _is_suspicious(lines, separator, len(row))]
        yield line, row
    if found:
        line, lines = found[0]
        more = f"; {len(found) - 1} more cell(s) do so" if len(found) > 1 else ""
        logger.warning(
            "%s, line %d: one cell spans %d lines%s. Check the quotes if no text is that long.", path, line, lines, more
        )


def _is_suspicious(lines: list[str], separator: str, width: int) -> bool:
    if len(lines) < FEW_LINES:
        return False
    inner = [next(csv.reader([line], delimiter=separator), []) for line in lines[1:-1]]
    return len(lines) > MANY_LINES or (width > 1 and all(len(cells) == width for cells in inner))
