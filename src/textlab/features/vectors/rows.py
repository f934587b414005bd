"""What a reader of a vector file gathers: the rows that are wanted, each checked, with its place in the file."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

import numpy as np

from textlab.features.vectors.subwords import Subwords
from textlab.features.vectors.word_vectors import WordVectors

logger = logging.getLogger(__name__)

WIDEST = 10_000
LONGEST_WORD = 10_000  # bytes; what ends a word being further away, this is not where a word starts


class VectorRows:
    """The words and vectors kept from one file.

    Args:
        path: the file, for messages.
        width: how many numbers a vector must have; None takes what the file has.
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
        """The error to raise for a fault at a line or byte."""
        return ValueError(f"{self.path}, {place}: {problem}")

    def set_width(self, found: int, place: str) -> int:
        """Take the width that the file has.

        Raises:
            ValueError: it is impossible, or not the one asked for.
        """
        if not 1 <= found <= WIDEST:
            raise self.fail(place, f"vectors of {found} numbers; expected 1 to {WIDEST:,}.")
        if self.width not in (None, found):
            raise self.fail(place, f"vectors of {found} numbers; expected {self.width}.")
        self.width = found
        return found

    def decode(self, raw: bytes, place: str) -> str:
        """The word that the bytes say.

        Raises:
            ValueError: there is none, or it is no UTF-8.
        """
        try:
            word = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail(place, f"the word {raw[:40]!r} is not UTF-8.") from None
        if not word:
            raise self.fail(place, "there is no word before the numbers.")
        return word

    def keeps(self, word: str) -> bool:
        """Whether the word is wanted and new; the first of several rows for a word counts."""
        if word in self.words:
            self._copies += 1
            return False
        return self.wanted is None or word in self.wanted

    def add(self, word: str, values: np.ndarray, place: str) -> None:
        """Keep float32 (width,) for a word.

        Raises:
            ValueError: a value is not finite.
        """
        if not np.isfinite(values).all():
            raise self.fail(place, f"the vector of '{word}' holds a value that is not finite.")
        self.words[word] = None
        self._values += values.tobytes()

    def table(self, subwords: Subwords | None = None) -> WordVectors:
        """All that was kept.

        Raises:
            ValueError: nothing was, and there are no subwords from which words could be composed.
        """
        if not self.words:
            some = ", ".join(f"'{word}'" for word in sorted(self.wanted or ())[:5])
            raise ValueError(
                f"{self.path} holds none of the {len(self.wanted or ()):,} words asked for ({some}). Expected vectors "
                "of the same language, in small letters and by the same tokens."
            )
        if self._copies:
            logger.warning(
                "%s holds %d words more than once; the first vector of each counts.", self.path, self._copies
            )
        matrix = np.frombuffer(bytes(self._values), np.float32).reshape(len(self.words), -1)
        return WordVectors(self.path.name, tuple(self.words), matrix, subwords)


def read_exactly(handle: BinaryIO, count: int, rows: VectorRows, what: str) -> bytes:
    """The next `count` bytes.

    Raises:
        ValueError: the file ends before.
    """
    start = handle.tell()
    data = handle.read(count)
    if len(data) < count:
        raise rows.fail(f"byte {start + len(data):,}", f"the file ends within {what}; it is truncated.")
    return data


def read_until(handle: BinaryIO, end: bytes, rows: VectorRows, what: str) -> bytes:
    """The bytes up to the next `end`, which is read over.

    Raises:
        ValueError: there is none before the file ends, or within the length that a word can have.
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
            raise rows.fail(f"byte {start:,}", f"expected {what}, and found no end of it in {LONGEST_WORD:,} bytes.")
        if position >= 0:
            handle.read(1)
            return bytes(found)
