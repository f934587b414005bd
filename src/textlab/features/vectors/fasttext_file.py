"""Read fastText's .bin files: words, their vectors, and the vectors of their character n-grams.

The layout follows `FastText::saveModel`, `Args::save`, `Dictionary::save` and `DenseMatrix::save` in
https://github.com/facebookresearch/fastText, version 12. gensim's reader would not do: it never returns if a file is
truncated within its words, and it loads the whole file into memory.
"""

import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from textlab.features.vectors.rows import VectorRows, read_exactly, read_until
from textlab.features.vectors.subwords import Subwords, ngram_buckets
from textlab.features.vectors.word_vectors import WordVectors

MAGIC = struct.pack("<i", 793712314)
BLOCK = 4096  # rows read at a time
END_OF_TEXT = "</s>"  # has no n-grams


@dataclass(frozen=True)
class Header:
    """The header of the file: the width of vectors, the number of n-gram buckets, and the shortest and longest n."""

    width: int
    bucket_count: int
    shortest: int
    longest: int

    def buckets_of(self, word: str) -> list[int]:
        """Return the buckets of a word's n-grams; [] if the file has no n-grams."""
        if not self.longest or not self.bucket_count or word == END_OF_TEXT:
            return []
        return ngram_buckets(word, self.shortest, self.longest, self.bucket_count)


def read_fasttext(handle: BinaryIO, rows: VectorRows) -> WordVectors:
    """Read an unsupervised model that is not quantised.

    If only some words are wanted, only their n-grams are kept, so other words cannot be composed.

    Raises:
        ValueError: the file ends early, has another version, is a classifier or quantised, or contradicts itself.
    """
    header = _read_header(handle, rows)
    names = _read_names(handle, rows)
    _expect_matrix(handle, rows, header, len(names))
    kept = {word: number for number, word in enumerate(names) if rows.keeps(word)}
    own = _read_rows(handle, rows, header.width, len(names), np.array(list(kept.values()), np.int64))
    buckets = _wanted_buckets(header, rows.wanted, kept)
    ngrams = _read_rows(handle, rows, header.width, header.bucket_count, buckets)
    for position, word in enumerate(kept):
        parts = ngrams[np.searchsorted(buckets, np.array(header.buckets_of(word), np.int64))]
        rows.add(word, (own[position] + parts.sum(axis=0)) / np.float32(len(parts) + 1), f"word {kept[word] + 1:,}")
    if not len(buckets):
        return rows.table()
    return rows.table(Subwords(header.shortest, header.longest, header.bucket_count, buckets, ngrams))


def _read_header(handle: BinaryIO, rows: VectorRows) -> Header:
    _, version, *settings = struct.unpack("<14i", read_exactly(handle, 56, rows, "the header"))
    read_exactly(handle, 8, rows, "the header")  # the threshold for subsampling
    if version != 12:
        raise rows.fail("byte 4", f"the file has version {version} of fastText's format; expected 12.")
    width, bucket_count, shortest, longest = settings[0], *settings[8:11]
    if bucket_count < 0 or not 0 <= shortest <= longest + 1:
        raise rows.fail(
            "byte 8",
            f"{bucket_count} buckets of {shortest} to {longest} characters are impossible. The file is broken.",
        )
    return Header(rows.set_width(width, "byte 8"), bucket_count, max(shortest, 1), longest)


def _read_names(handle: BinaryIO, rows: VectorRows) -> list[str]:
    start = handle.tell()
    size, word_count, label_count, _, pruned = struct.unpack("<3i2q", read_exactly(handle, 28, rows, "the header"))
    if label_count:
        raise rows.fail(f"byte {start:,}", "the file is a classifier trained by fastText; expected word vectors.")
    if size != word_count or size < 1:
        raise rows.fail(
            f"byte {start:,}", f"{word_count:,} words in a dictionary of {size:,} are impossible. The file is broken."
        )
    names = []
    for number in range(1, size + 1):
        place, what = f"byte {handle.tell():,}", f"word {number:,} of {size:,}"
        names.append(rows.decode(read_until(handle, b"\0", rows, what), place))
        read_exactly(handle, 9, rows, what)  # its count and its type
    if pruned > 0:
        raise rows.fail(f"byte {handle.tell():,}", "the model is quantised (.ftz); expected the full one (.bin).")
    return names


def _expect_matrix(handle: BinaryIO, rows: VectorRows, header: Header, word_count: int) -> None:
    start = handle.tell()
    quantised, count, width = struct.unpack("<?2q", read_exactly(handle, 17, rows, "the header of the matrix"))
    if quantised:
        raise rows.fail(f"byte {start:,}", "the model is quantised (.ftz); expected the full one (.bin).")
    if (count, width) != (word_count + header.bucket_count, header.width):
        expected = f"{word_count + header.bucket_count:,} rows of {header.width}"
        raise rows.fail(f"byte {start:,}", f"the matrix has {count:,} rows of {width} numbers; expected {expected}.")


def _read_rows(handle: BinaryIO, rows: VectorRows, width: int, count: int, kept: np.ndarray) -> np.ndarray:
    """Read `count` rows and return those in `kept` (ascending), float32 (kept, width); only they are held in memory."""
    found = np.empty((len(kept), width), np.float32)
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        block = np.frombuffer(read_exactly(handle, 4 * width * size, rows, "the matrix"), "<f4").reshape(size, width)
        first, last = np.searchsorted(kept, [start, start + size])
        found[first:last] = block[kept[first:last] - start]
    return found


def _wanted_buckets(header: Header, wanted: Collection[str] | None, kept: Collection[str]) -> np.ndarray:
    if not header.longest:
        return np.zeros(0, np.int64)
    if wanted is None:
        return np.arange(header.bucket_count)
    needed = {bucket for word in (*wanted, *kept) for bucket in header.buckets_of(word)}
    return np.array(sorted(needed), np.int64)
