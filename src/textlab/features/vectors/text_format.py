"""Read vectors as text, one word and its numbers per line: GloVe, word2vec text and fastText .vec."""

from functools import partial
from typing import BinaryIO

import numpy as np

from textlab.features.vectors.rows import LONGEST_WORD, WIDEST, VectorRows
from textlab.features.vectors.word_vectors import WordVectors

LONGEST_LINE = LONGEST_WORD + 40 * WIDEST  # bytes; a longer line means that the file is not text


def header(line: bytes) -> tuple[int, int] | None:
    """Return the number of words and the width in the first line; None if it has none, as in GloVe files."""
    fields = line.split()
    return (int(fields[0]), int(fields[1])) if len(fields) == 2 and all(map(bytes.isdigit, fields)) else None


def read_text(handle: BinaryIO, rows: VectorRows) -> WordVectors:
    """Read lines with a word and its numbers, with or without a header. Only ASCII blanks and line breaks separate.

    GloVe's Twitter vectors have U+0085 as a word, which Python's `str.split` would treat as white space.

    Raises:
        ValueError: a line has too few or too many numbers, an invalid number or invalid UTF-8; the file ends within a
            line; or it has more or fewer lines than its header says.
    """
    dimensions, number = None, 0
    for number, line in enumerate(iter(partial(handle.readline, LONGEST_LINE), b""), start=1):
        place = f"line {number:,}"
        if not line.endswith(b"\n"):
            raise rows.fail(place, "the file ends within this line or is not text. It is truncated or broken.")
        line = line.rstrip(b"\r\n ")  # fastText ends every line with a blank
        if number == 1:
            dimensions = header(line)
            rows.set_width(dimensions[1] if dimensions else line.count(b" "), place)
        if number > 1 or dimensions is None:
            _read_line(line, rows, place)
    if dimensions and number - 1 != dimensions[0]:
        raise rows.fail(f"line {number:,}", f"the file ends after {number - 1:,} words; line 1 says {dimensions[0]:,}.")
    return rows.table()


def _read_line(line: bytes, rows: VectorRows, place: str) -> None:
    assert rows.width is not None
    name, *values = line.rsplit(b" ", rows.width)
    if len(values) < rows.width:
        raise rows.fail(place, f"{len(values)} numbers after the word; expected {rows.width}.")
    word = rows.decode(name, place)
    if b" " in name and _is_number(name.rsplit(b" ", 1)[1]):  # a word may contain blanks: GloVe's 840B has ". . ."
        raise rows.fail(place, f"{line.count(b' ')} numbers after the word; expected {rows.width}.")
    if rows.keeps(word):
        try:
            numbers = np.array([float(value) for value in values], np.float32)
        except ValueError:
            wrong = next(value for value in values if not _is_number(value))
            raise rows.fail(place, f"{wrong[:40].decode(errors='replace')!r} is not a number.") from None
        rows.add(word, numbers, place)


def _is_number(value: bytes) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
