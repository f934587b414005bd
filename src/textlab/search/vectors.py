"""The stored vectors of an index, and the search for the nearest."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .arrays import read_array
from .ranking import best_positions
from .settings import SearchIndexError
from .signs import Signs

FILE = "vectors.npy"
SCALES = "scales.npy"
BLOCK = 16_384  # rows that are converted at once
EXACT = 20_000  # documents up to which every vector is compared with the query
CANDIDATES = 2000  # documents that the first pass leaves, at least
SHARE = 250  # the first pass leaves at least one in SHARE documents
LARGEST = 127  # the largest int8


class StoredVectors:
    """The unit vectors of n documents, float32, float16 or int8 with a scale for each row.

    Args:
        folder: the folder of the index.
    """

    def __init__(self, folder: Path) -> None:
        self._values = read_array(folder / FILE)
        self._scales = read_array(folder / SCALES) if self._values.dtype == np.int8 else None
        self.count, self.dimension = self._values.shape
        self._signs = Signs.read(folder) if self.count > EXACT else None
        self._converted: np.ndarray | None = None  # a small index is kept as float32, which its search multiplies
        if self._signs is None:
            self._converted = self.rows(slice(None))

    def rows(self, positions: np.ndarray | slice) -> np.ndarray:
        """Return the vectors at positions, float32 (m, d)."""
        if self._converted is not None:
            return self._converted[positions]
        values = self._values[positions].astype(np.float32)
        if self._scales is not None:
            values *= self._scales[positions][:, None]
        return values

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield all vectors, float32, in blocks."""
        for start in range(0, self.count, BLOCK):
            yield self.rows(slice(start, start + BLOCK))

    def similarities(self, queries: np.ndarray) -> np.ndarray:
        """Return the cosine of every document with every query, float32 (queries, n)."""
        found = np.empty((len(queries), self.count), np.float32)
        for start in range(0, self.count, BLOCK):
            part = slice(start, start + BLOCK)
            np.matmul(queries, self.rows(part).T, out=found[:, part])
        return found

    def exact(self, queries: np.ndarray, count: int) -> list[np.ndarray]:
        """Return the positions of the nearest documents of each query, float32 (queries, d), by comparing all."""
        return [best_positions(scores, count) for scores in self.similarities(queries)]

    def nearest(self, query: np.ndarray, count: int, passing: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of the nearest documents, best first, and their cosines.

        Args:
            query: float32 (d,), a unit vector.
            count: the number of documents, at most.
            passing: bool (n,), the documents that may be found; None means all.
        """
        positions = self._compared(query, count, passing)
        if positions is None:
            scores = self.rows(slice(None)) @ query
            best = best_positions(scores, count)
            return best, scores[best]
        scores = self.rows(positions) @ query
        best = best_positions(scores, count)
        return positions[best], scores[best]

    def _compared(self, query: np.ndarray, count: int, passing: np.ndarray | None) -> np.ndarray | None:
        """Return the positions whose vectors are compared with the query; None means all."""
        if self._signs is None:
            return None if passing is None else np.flatnonzero(passing)
        wanted = max(CANDIDATES, self.count // SHARE, 4 * count)
        if wanted < (self.count if passing is None else np.count_nonzero(passing)):
            return self._signs.candidates(query, wanted, passing)
        return None if passing is None else np.flatnonzero(passing)


def unit_vectors(vectors: np.ndarray, dimension: int) -> np.ndarray:
    """Return vectors scaled to the length one, float32 (m, d). A vector of zeros stays.

    Raises:
        SearchIndexError: the vectors have another dimension, or a number is not finite.
    """
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise SearchIndexError(
            f"The vectors have the shape {vectors.shape}; the index has {dimension} dimensions. Encode with the "
            "encoder of the index, and give one row for each text."
        )
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise SearchIndexError(
            f"Row {row} of the vectors holds a number that is not finite. Check the encoder and the text of that row."
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def quantised(vectors: np.ndarray, vector_type: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return vectors as they are kept, and the scale of each row for int8."""
    if vector_type != "int8":
        return vectors.astype(vector_type), None
    largest = np.abs(vectors).max(axis=1, initial=0)
    scales = (np.where(largest > 0, largest, 1) / LARGEST).astype(np.float32)
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales


def restored(values: np.ndarray, scales: np.ndarray | None) -> np.ndarray:
    """Return kept vectors as float32."""
    return values.astype(np.float32) * (1 if scales is None else scales[:, None])
