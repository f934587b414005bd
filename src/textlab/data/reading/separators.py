"""Recognise what separates the cells of a table: the header and the number of cells in the first rows decide."""

import csv
import itertools
from pathlib import Path

from textlab.data.reading.encodings import without_mark

BY_NAME = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
BY_ENDING = {".csv": ",", ".tsv": "\t"}
SAMPLE = 200  # rows
CONSISTENT = 0.5  # share of the rows with as many cells as the header; a lower one speaks against a separator


def shown(separator: str) -> str:
    """Return a separator for a message: its name if it has one, and the character itself if it can be seen."""
    name = next((name for name, character in BY_NAME.items() if character == separator), "")
    return f"{name} ({separator})" if name and separator != "\t" else name or separator


def option(separator: str) -> str:
    """Return the option that names a separator, such as "separator=semicolon"."""
    name = next((name for name, character in BY_NAME.items() if character == separator), separator)
    return f"separator={name}"


def parse(value: str) -> str:
    """Return the character that the option `separator` means.

    Raises:
        ValueError: the value is neither a name nor a character that can separate cells.
    """
    separator = BY_NAME.get(value.lower(), value)
    if len(separator) != 1 or separator.isalnum() or separator in '"\r\n':
        raise ValueError(f"The separator is {value!r}. Give one character, or one of {', '.join(BY_NAME)}.")
    return separator


def recognise(path: Path, encoding: str) -> str:
    """Return the separator of a .csv or .tsv file: the one of its ending, unless another one fits better.

    `csv.Sniffer` guesses from letters of the texts. Here, a separator fits if it divides the header into several cells
    and most of the first rows into as many.
    """
    usual = BY_ENDING[path.suffix.lower()]
    lines = _first_lines(path, encoding)
    if _is_excels(lines):
        return lines[0][4]
    fits = {separator: _fit(lines, separator) for separator in (usual, *BY_NAME.values())}
    best = max(fits, key=lambda separator: fits[separator])  # the usual one comes first and wins a tie
    return best if fits[best][0] >= CONSISTENT else usual


def _first_lines(path: Path, encoding: str) -> list[str]:
    with path.open(encoding=without_mark(encoding), errors="replace", newline="") as handle:
        return [line for line in itertools.islice(handle, SAMPLE) if line.strip()]


def _is_excels(lines: list[str]) -> bool:
    """Return whether the first line is "sep=;", with which Excel states the separator."""
    return bool(lines) and lines[0].startswith("sep=") and len(lines[0].strip("\r\n")) == 5


def _fit(lines: list[str], separator: str) -> tuple[float, int]:
    """Return the share of rows with as many cells as the header, and that number; (0, 1) for a single cell."""
    widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
    if not widths or widths[0] == 1:
        return 0.0, 1
    rows = widths[1:]
    return (sum(width == widths[0] for width in rows) / len(rows) if rows else 1.0), widths[0]
