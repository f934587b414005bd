"""A first pass over many vectors: one bit for each dimension.

Each vector is centred and rotated at random, and only the signs are kept. The number of signs in which two vectors
differ estimates the angle between them (Charikar, STOC 2002). The search ranks the documents whose signs differ least
by their vectors. Any subset of the documents can be searched so, and documents come and go without training anything.
"""

from pathlib import Path

import numpy as np

from .arrays import read_array, write_array

SIGNS = "signs.npy"
ROTATION = "rotation.npy"
CENTRE = "centre.npy"
BLOCK = 16_384  # documents whose signs stay in the processor's cache
EVERY = 17  # one in EVERY distances is sampled to set the bound; a prime, because no pattern in the data follows it


class Signs:
    """The signs of n vectors.

    Args:
        rotation: float32 (d, d), orthogonal.
        centre: float32 (d,), subtracted before the rotation.
        signs: uint64 (words, n), 64 signs to a word.
    """

    def __init__(self, rotation: np.ndarray, centre: np.ndarray, signs: np.ndarray) -> None:
        self.rotation, self.centre, self.signs = rotation, centre, signs

    @classmethod
    def read(cls, folder: Path) -> "Signs":
        """Map the signs in a folder into memory."""
        return cls(*(read_array(folder / name) for name in (ROTATION, CENTRE, SIGNS)))

    @classmethod
    def of(cls, sample: np.ndarray, count: int) -> "Signs":
        """Return signs for `count` vectors, still to be set, with the centre of a sample, float32 (m, d)."""
        dimension = sample.shape[1]
        rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(dimension, dimension)))
        words = -(-dimension // 64)
        return cls(rotation.astype(np.float32), sample.mean(axis=0), np.zeros((words, count), np.uint64))

    def write(self, folder: Path) -> None:
        """Write the signs into a folder."""
        for name, values in ((ROTATION, self.rotation), (CENTRE, self.centre), (SIGNS, self.signs)):
            write_array(folder / name, values)

    def of_vectors(self, vectors: np.ndarray) -> np.ndarray:
        """Return the signs of vectors, float32 (m, d), as uint64 (words, m)."""
        bits = np.packbits((vectors - self.centre) @ self.rotation > 0, axis=1)
        padded = np.zeros((len(bits), len(self.signs) * 8), np.uint8)
        padded[:, : bits.shape[1]] = bits
        return np.ascontiguousarray(padded.view(np.uint64).T)

    def candidates(self, query: np.ndarray, count: int, passing: np.ndarray | None) -> np.ndarray:
        """Return about `count` positions whose signs differ least from those of a query, ascending.

        Args:
            query: float32 (d,).
            count: fewer than the documents that may be found.
            passing: bool (n,), the documents that may be found; None means all.
        """
        distances = self._distances(self.of_vectors(query[None])[:, 0])
        positions = None if passing is None else np.flatnonzero(passing)
        if positions is not None:
            distances = distances[positions]
        rank = count // EVERY
        near = np.flatnonzero(distances <= np.partition(distances[::EVERY], rank)[rank])
        if len(near) < count // 2:  # the sample was not like the rest
            near = np.flatnonzero(distances <= np.partition(distances, count)[count])
        return near if positions is None else positions[near]

    def _distances(self, signs: np.ndarray) -> np.ndarray:
        """Return in how many signs each vector differs from `signs`, uint64 (words,), as uint16 (n,)."""
        total = self.signs.shape[1]
        distances = np.zeros(total, np.uint16)
        differing, counts = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint8)
        for start in range(0, total, BLOCK):
            found = distances[start : start + BLOCK]
            part = slice(0, len(found))
            for word, of_query in zip(self.signs, signs, strict=True):
                np.bitwise_xor(word[start : start + BLOCK], of_query, out=differing[part])
                np.bitwise_count(differing[part], out=counts[part])
                found += counts[part]
        return distances
