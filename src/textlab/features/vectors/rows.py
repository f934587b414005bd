"""Collect and check the wanted rows of a vector file."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

import numpy as np

from textlab.features.vectors.subwords import Subwords
from textlab.features.vectors.word_vectors import WordVectors

logger = logging.getLogger(__name__)

WIDEST = 10_000
LONGEST_WORD = 10_000  # bytes; a longer word means that the file is broken


class VectorRows:
    """Collects the wanted words and vectors of one file.

    Args:
        path: the file, for messages.
        width: the expected width of the vectors; None accepts any.
        wanted: the words to keep; None keeps all.
    """

    def __init__(self, path: Path, width: int | None = None, wanted: Collection[str] | None = None) -> None:
        self.path = path
        self.width = width
        self.wanted = None if wanted is None else frozenset(wanted)
        self.words: dict[str, None] = {}
        self._values = bytearray()
        self._copies = 0

    def fail(self, place: str, problem: str) -> ValueError:
        """Return the error for a problem at a line or byte."""
        return ValueError(f"{self.path}, {place}: {problem}")

    def set_width(self, found: int, place: str) -> int:
        """Set the width that the file states; return it.

        Raises:
            ValueError: the width is impossible or not the expected one.
        """
        if not 1 <= found <= WIDEST:
            raise self.fail(place, f"the vectors have {found} numbers; expected 1 to {WIDEST:,}.")
        if self.width not in (None, found):
            raise self.fail(place, f"the vectors have {found} numbers; expected {self.width}.")
        self.width = found
        return found

    def decode(self, raw: bytes, place: str) -> str:
        """Decode a word.

        Raises:
            ValueError: the word is empty or not UTF-8.
        """
        try:
            word = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail(place, f"the word {raw[:40]!r} is not UTF-8.") from None
        if not word:
            raise self.fail(place, "there is no word before the numbers.")
        return word

    def keeps(self, word: str) -> bool:
        """Whether the word is wanted and new. If a word occurs several times, its first row counts."""
        if word in self.words:
            self._copies += 1
            return False
        return self.wanted is None or word in self.wanted

    def add(self, word: str, values: np.ndarray, place: str) -> None:
        """Add the vector of a word, float32 (width,).

        Raises:
            ValueError: a value is not finite.
        """
        if not np.isfinite(values).all():
            raise self.fail(place, f"the vector of '{word}' has a value that is not finite.")
        self.words[word] = None
        self._values += values.tobytes()

    def table(self, subwords: Subwords | None = None) -> WordVectors:
        """Return the collected words and vectors.

        Raises:
            ValueError: none of the wanted words was found.
        """
        if not self.words:
            some = ", ".join(f"'{word}'" for word in sorted(self.wanted or ())[:5])
            raise ValueError(
                f"{self.path} has none of the {len(self.wanted or ()):,} wanted words ({some}). Use lower-case vectors "
                "of the same language and tokenisation."
            )
        if self._copies:
            logger.warning("%s has %d repeated words. The first vector of each is used.", self.path, self._copies)
        matrix = np.frombuffer(bytes(self._values), np.float32).reshape(len(self.words), -1)
        return WordVectors(self.path.name, tuple(self.words), matrix, subwords)


def read_exactly(handle: BinaryIO, count: int, rows: VectorRows, what: str) -> bytes:
    """Read the next `count` bytes of `what`.

    Raises:
        ValueError: the file ends earlier.
    """
    start = handle.tell()
    data = handle.read(count)
    if len(data) < count:
        raise rows.fail(f"byte {start + len(data):,}", f"the file ends within {what}; it is truncated.")
    return data


def read_until(handle: BinaryIO, end: bytes, rows: VectorRows, what: str) -> bytes:
    """Read the bytes before the next `end`, and skip it.

    Raises:
        ValueError: the file ends earlier, or there is no `end` within the longest possible word.
    """
    found = bytearray()
    while True:
        ahead = handle.peek(1)  # type: ignore[attr-defined]
        if not ahead:
            raise rows.fail(f"byte {handle.tell():,}", f"the file ends within {what}; it is truncated.")
        position = ahead.find(end)
        found += handle.read(position if position >= 0 else len(ahead))
        if len(found) > LONGEST_WORD:
            start = handle.tell() - len(found)
            raise rows.fail(
                f"byte {start:,}", f"{what} does not end within {LONGEST_WORD:,} bytes. The file is broken."
            )
        if position >= 0:
            handle.read(1)
            return bytes(found)
