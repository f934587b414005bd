"""Inverted lists: for each word, the documents that hold it and how often."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from .arrays import read_array, write_array

MOST = np.iinfo(np.uint16).max  # BM25 has long saturated there


class Vocabulary(Sequence[str]):
    """Sorted words, kept as bytes in UTF-8 so that a million of them open at once.

    Args:
        letters: uint8, the bytes of all words.
        ends: int64 (words,), where each word ends.
    """

    def __init__(self, letters: np.ndarray, ends: np.ndarray) -> None:
        self.letters, self.ends = letters, ends

    @classmethod
    def of(cls, words: Iterable[str]) -> "Vocabulary":
        """Return the vocabulary of sorted words."""
        encoded = [word.encode("utf-8", errors="surrogatepass") for word in words]
        ends = np.cumsum([len(word) for word in encoded], dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        if not 0 <= row < len(self):
            raise IndexError(row)
        start = int(self.ends[row - 1]) if row else 0
        return bytes(self.letters[start : int(self.ends[row])]).decode("utf-8", errors="surrogatepass")

    def row(self, word: str) -> int | None:
        """Return the row of a word; None if it is not in the vocabulary."""
        row = bisect_left(self, word)
        return row if row < len(self) and self[row] == word else None


class InvertedLists:
    """The documents that hold each word of a vocabulary.

    Args:
        vocabulary: the words.
        ends: int64 (words,), where the list of each word ends.
        documents: int32, the positions of documents, ascending within each list.
        counts: uint16, how often the document holds the word.
    """

    def __init__(self, vocabulary: Vocabulary, ends: np.ndarray, documents: np.ndarray, counts: np.ndarray) -> None:
        self.vocabulary, self.ends, self.documents, self.counts = vocabulary, ends, documents, counts

    def list_of(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the documents of a row of the vocabulary, and the counts."""
        part = slice(int(self.ends[row - 1]) if row else 0, int(self.ends[row]))
        return self.documents[part], self.counts[part]

    def lengths(self) -> np.ndarray:
        """Return the number of documents of each word, int64 (words,)."""
        return np.diff(self.ends, prepend=0)

    def write(self, folder: Path) -> None:
        """Write the lists as arrays into a new folder."""
        folder.mkdir(parents=True)
        for name, values in {
            "letters": self.vocabulary.letters,
            "letter_ends": self.vocabulary.ends,
            "ends": self.ends,
            "documents": self.documents,
            "counts": self.counts,
        }.items():
            write_array(folder / f"{name}.npy", values)

    @classmethod
    def read(cls, folder: Path) -> "InvertedLists":
        """Map the lists that `write` wrote into memory."""
        letters, letter_ends, ends, documents, counts = (
            read_array(folder / f"{name}.npy") for name in ("letters", "letter_ends", "ends", "documents", "counts")
        )
        return cls(Vocabulary(letters, letter_ends), ends, documents, counts)


class InvertedListsWriter:
    """Collects the words of documents, one document after the other."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._words, self._documents, self._counts = array("i"), array("i"), array("i")

    def add(self, position: int, counts: dict[str, int]) -> None:
        """Add the words of the document at `position`, each with its count."""
        rows = self._rows
        for word, count in counts.items():
            self._words.append(rows.setdefault(word, len(rows)))
            self._documents.append(position)
            self._counts.append(min(count, MOST))

    def lists(self) -> InvertedLists:
        """Return the lists of the documents that were added."""
        words = sorted(self._rows)
        rank = np.empty(len(words), np.int32)
        rank[[self._rows[word] for word in words]] = np.arange(len(words), dtype=np.int32)
        rows = rank[np.frombuffer(self._words, np.int32)] if words else np.empty(0, np.int32)
        documents = np.frombuffer(self._documents, np.int32) if words else np.empty(0, np.int32)
        counts = np.frombuffer(self._counts, np.int32).astype(np.uint16) if words else np.empty(0, np.uint16)
        order = np.argsort(rows, kind="stable")
        ends = np.cumsum(np.bincount(rows, minlength=len(words)), dtype=np.int64)
        return InvertedLists(Vocabulary.of(words), ends, documents[order], counts[order])


def joined(old: InvertedLists, positions: np.ndarray, new: InvertedLists) -> InvertedLists:
    """Return the lists of the old documents that stay, and of new ones. Words that no document holds are dropped.

    Args:
        old: the lists of the documents that the index had.
        positions: int32 (old documents,), the new position of each; -1 for one that is removed.
        new: the lists of the new documents, with their new positions, which follow those of the old ones.
    """
    moved = positions[old.documents]
    stays = moved >= 0
    rows = np.repeat(np.arange(len(old.vocabulary), dtype=np.int32), old.lengths())[stays]
    kept = np.bincount(rows, minlength=len(old.vocabulary)) > 0
    old_words = [old.vocabulary[int(row)] for row in np.flatnonzero(kept)]
    words = sorted({*old_words, *new.vocabulary})
    row_of = {word: row for row, word in enumerate(words)}
    rank = np.zeros(len(old.vocabulary), np.int32)
    rank[kept] = [row_of[word] for word in old_words]
    new_rank = np.array([row_of[word] for word in new.vocabulary], np.int32)
    all_rows = np.concatenate([rank[rows], np.repeat(new_rank, new.lengths())])
    order = np.argsort(all_rows, kind="stable")  # two sorted runs, which a stable sort merges in one pass
    ends = np.cumsum(np.bincount(all_rows, minlength=len(words)), dtype=np.int64)
    documents = np.concatenate([moved[stays], new.documents])[order]
    counts = np.concatenate([old.counts[stays], new.counts])[order]
    return InvertedLists(Vocabulary.of(words), ends, documents.astype(np.int32), counts.astype(np.uint16))
