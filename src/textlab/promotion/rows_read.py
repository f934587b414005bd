"""The rows of a table, read for a model: each with the values of its inputs, or with the reason why there are none."""

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, NamedTuple

from textlab.inputs import ReceivedError, kind_of
from textlab.promotion.growing_file import KeepError

Unreadable = Literal["skip", "blank", "refuse"]
CHARACTERS_AT_ONCE = 64_000_000  # of all values in a piece, so that large pictures fill no memory
ROWS_READ_AT_ONCE = 16
SHOWN = 80  # characters of a cell in a message


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        cells: its cells.
        values: the value of each input.
        problem: what could not be read first; "" if everything could.
        is_asked: whether the model is asked about it: an input is not blank, and nothing unreadable is skipped.
    """

    cells: list[str]
    values: list[str]
    problem: str
    is_asked: bool


class RowReader:
    """Reads the values of a model's inputs from the rows of a table.

    Args:
        path: the table's file. Its cells may refer to other files in its folder.
        places: the position of each input's column.
        unreadable: what happens to a row with a cell that refers to nothing readable. "skip" leaves it without a
            prediction, "blank" takes the value for missing, "refuse" raises KeepError.
    """

    def __init__(self, path: Path, places: Mapping[str, int], unreadable: Unreadable) -> None:
        self._path, self._folder, self._unreadable = path, path.parent, unreadable
        self._columns = [(kind_of(name), place) for name, place in places.items()]

    def pieces(self, rows: Iterator[tuple[int, list[str]]], most: int) -> Iterator[list[Row]]:
        """Yield the rows in pieces of at most `most`, and of fewer if their values are large."""
        piece: list[Row] = []
        characters = 0
        for row in self._all(rows):
            piece.append(row)
            characters += sum(map(len, row.values))
            if len(piece) == most or characters > CHARACTERS_AT_ONCE:
                yield piece
                piece, characters = [], 0
        if piece:
            yield piece

    def _all(self, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
        if any(kind.is_binary for kind, _ in self._columns):
            return self._read_ahead(rows)
        return (self._read(*row) for row in rows)

    def _read_ahead(self, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
        """Read a few rows at a time, in threads: most of the time goes into decoding pictures to check them."""
        threads = os.cpu_count() or 1
        with ThreadPoolExecutor(threads) as pool:
            while several := list(itertools.islice(rows, ROWS_READ_AT_ONCE)):
                share = -(-len(several) // threads)
                shares = (several[start : start + share] for start in range(0, len(several), share))
                for read in pool.map(self._read_all, shares):
                    yield from read

    def _read_all(self, rows: Sequence[tuple[int, list[str]]]) -> list[Row]:
        return [self._read(*row) for row in rows]

    def _read(self, line: int, cells: list[str]) -> Row:
        values, problem, is_asked = [], "", False
        for kind, place in self._columns:
            try:
                value = kind.from_cell(cells[place], self._folder)
                is_asked = is_asked or not kind.is_blank(value)
            except ReceivedError as error:
                value = ""
                shown = cells[place].strip()[:SHOWN]
                problem = problem or f"line {line}: the {kind.name} {shown!r} cannot be read. {error}"
            values.append(value)
        if problem and self._unreadable == "refuse":
            raise KeepError(f"{self._path}, {problem} If the table stays as it is, the next call continues there.")
        return Row(cells, values, problem, is_asked and not (problem and self._unreadable == "skip"))
