"""Vectors as text, a word and its numbers to a line: GloVe's, word2vec's and fastText's .vec."""

from functools import partial
from typing import BinaryIO

import numpy as np

from textlab.features.vectors.rows import LONGEST_WORD, WIDEST, VectorRows
from textlab.features.vectors.word_vectors import WordVectors

LONGEST_LINE = LONGEST_WORD + 40 * WIDEST  # bytes: no line break within them, no text file of vectors


def header(line: bytes) -> tuple[int, int] | None:
    """The number of words and the width, where the first line says so (GloVe's does not)."""
    fields = line.split()
    return (int(fields[0]), int(fields[1])) if len(fields) == 2 and all(map(bytes.isdigit, fields)) else None


def read_text(handle: BinaryIO, rows: VectorRows) -> WordVectors:
    """Read lines of a word, blank, numbers, with or without a header. Only ASCII blanks and line breaks divide.

    GloVe's Twitter vectors hold U+0085 as a word, which Python's `str.split` would take for white space.

    Raises:
        ValueError: a line with too few or too many numbers, with what is no number or no UTF-8, an end within a
            line, or more or fewer lines than the header says.
    """
    stated, number = None, 0
    for number, line in enumerate(iter(partial(handle.readline, LONGEST_LINE), b""), start=1):
        place = f"line {number:,}"
        if not line.endswith(b"\n"):
            raise rows.fail(place, "the file ends within this line, or is no text; it is truncated or broken.")
        line = line.rstrip(b"\r\n ")  # fastText puts a blank at the end of every line
        if number == 1:
            stated = header(line)
            rows.set_width(stated[1] if stated else line.count(b" "), place)
        if number > 1 or stated is None:
            _read_line(line, rows, place)
    if stated and number - 1 != stated[0]:
        raise rows.fail(f"line {number:,}", f"the last of {number - 1:,} words; line 1 says {stated[0]:,}.")
    return rows.table()


def _read_line(line: bytes, rows: VectorRows, place: str) -> None:
    assert rows.width is not None
    name, *values = line.rsplit(b" ", rows.width)
    if len(values) < rows.width:
        raise rows.fail(place, f"{len(values)} numbers after the word; expected {rows.width}.")
    word = rows.decode(name, place)
    if b" " in name and _is_number(name.rsplit(b" ", 1)[1]):  # a word may hold blanks: GloVe's 840B has ". . ."
        raise rows.fail(place, f"{line.count(b' ')} numbers after the word; expected {rows.width}.")
    if rows.keeps(word):
        try:
            numbers = np.array([float(value) for value in values], np.float32)
        except ValueError:
            wrong = next(value for value in values if not _is_number(value))
            raise rows.fail(place, f"{wrong[:40].decode(errors='replace')!r} is no number.") from None
        rows.add(word, numbers, place)


def _is_number(value: bytes) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
