"""Compose vectors for unknown words from their character n-grams, hashed as in fastText."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def ngram_buckets(word: str, shortest: int, longest: int, bucket_count: int) -> list[int]:
    """Return the buckets of a word's character n-grams; the word starts with "<" and ends with ">".

    The hash is 32-bit FNV-1a over UTF-8, with bytes as signed numbers: `Dictionary::hash` and
    `Dictionary::computeSubwords` in https://github.com/facebookresearch/fastText, file src/dictionary.cc.
    """
    marked = f"<{word}>"
    buckets = []
    for start in range(len(marked)):
        for end in range(start + shortest, min(start + longest, len(marked)) + 1):
            if end - start == 1 and (start == 0 or end == len(marked)):
                continue  # "<" and ">" alone carry no information
            buckets.append(_hash(marked[start:end]) % bucket_count)
    return buckets


def _hash(ngram: str) -> int:
    value = 2166136261
    for byte in ngram.encode("utf-8", "surrogatepass"):
        value ^= byte if byte < 128 else byte | 0xFFFFFF00
        value = value * 16777619 & 0xFFFFFFFF
    return value


@dataclass(frozen=True, eq=False)
class Subwords:
    """The vectors of character n-grams.

    Attributes:
        shortest, longest: the smallest and the largest n, in characters.
        bucket_count: the number of buckets; hashes are taken modulo this.
        buckets: int64 (m,), ascending, the buckets that have a vector.
        matrix: float32 (m, width).
    """

    shortest: int
    longest: int
    bucket_count: int
    buckets: np.ndarray
    matrix: np.ndarray

    def compose(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Compose the vector of each word as the mean of its n-grams' vectors.

        Returns:
            float32 (n, width), with zeros if no n-gram is known, and bool (n,), whether one is known.
        """
        composed = np.zeros((len(words), self.matrix.shape[1]), np.float32)
        known = np.zeros(len(words), bool)
        for row, word in enumerate(words):
            positions = self._positions(word)
            if len(positions):
                composed[row] = self.matrix[positions].mean(axis=0)
                known[row] = True
        return composed, known

    def _positions(self, word: str) -> np.ndarray:
        wanted = np.array(ngram_buckets(word, self.shortest, self.longest, self.bucket_count), np.int64)
        positions = np.minimum(np.searchsorted(self.buckets, wanted), len(self.buckets) - 1)
        return positions[self.buckets[positions] == wanted]
