"""Rows of numbers on disk, each known by the digest of what it was computed from.

A cache is a folder of two files that only grow: `rows`, the numbers, and `digests`, 32 bytes for each row. A row counts
once its digest is written, so a process that is killed leaves no broken row, and readers need no lock.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DIGEST_BYTES = 32  # of a sha256


@dataclass(frozen=True)
class Rows:
    """Rows in a cache, in any order, that are read when they are asked for: `rows[5:9]` or `rows[numbers]`.

    Attributes:
        stored: all rows in the cache, mapped from the disk.
        numbers: int64 (n,), the place of each row in the cache; -1 for a row of zeros.
    """

    stored: np.ndarray
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, chosen: slice | np.ndarray) -> np.ndarray:
        numbers = self.numbers[chosen]
        rows = np.zeros((len(numbers), *self.stored.shape[1:]), self.stored.dtype)
        rows[numbers >= 0] = self.stored[numbers[numbers >= 0]]
        return rows


class RowCache:
    """A cache of rows.

    Args:
        folder: the folder of the cache.
        shape: the shape of a row.
        dtype: the type of its numbers.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: Any = np.float32) -> None:
        self._folder, self._shape, self._dtype = folder, shape, np.dtype(dtype)
        self._rows, self._digests = folder / "rows", folder / "digests"
        self._row_bytes = self._dtype.itemsize * int(np.prod(shape))

    def rows(self, digests: Sequence[str], make: Callable[[Sequence[int]], Iterable[np.ndarray]]) -> Rows:
        """Return a row for each digest; make and keep those that are missing.

        Other processes that need the cache's missing rows wait until this one has made its own.

        Args:
            digests: sha256 in hexadecimal digits; "" for a row of zeros.
            make: gets the positions in `digests` of the missing rows, each digest once, and yields their rows, in their
                order and in batches of any size.
        """
        from filelock import FileLock

        places = self._places()
        if _missing(digests, places):
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / "lock"):
                missing = _missing(digests, self._places())
                self._append([bytes.fromhex(digests[position]) for position in missing], make(missing))
            places = self._places()
        numbers = np.fromiter((places.get(digest, -1) for digest in digests), np.int64, len(digests))
        return Rows(self._stored(len(places)), numbers)

    def _count(self) -> int:
        """Return the number of complete rows."""
        if not self._digests.exists() or not self._rows.exists():
            return 0
        return min(self._digests.stat().st_size // DIGEST_BYTES, self._rows.stat().st_size // self._row_bytes)

    def _places(self) -> dict[str, int]:
        """Return the place of each digest."""
        count = self._count()
        if not count:
            return {}
        with self._digests.open("rb") as file:
            digests = file.read(count * DIGEST_BYTES).hex()
        return {digests[start : start + 64]: place for place, start in enumerate(range(0, len(digests), 64))}

    def _stored(self, count: int) -> np.ndarray:
        if not count:
            return np.zeros((0, *self._shape), self._dtype)
        return np.memmap(self._rows, self._dtype, "r", shape=(count, *self._shape))

    def _append(self, digests: list[bytes], batches: Iterable[np.ndarray]) -> None:
        count = self._count()
        with self._rows.open("ab") as rows, self._digests.open("ab") as names:
            rows.truncate(count * self._row_bytes)  # what a killed process began
            names.truncate(count * DIGEST_BYTES)
            for batch in batches:
                rows.write(np.ascontiguousarray(batch, self._dtype).tobytes())
                rows.flush()
                names.write(b"".join(digests[: len(batch)]))
                names.flush()
                del digests[: len(batch)]


def _missing(digests: Sequence[str], places: dict[str, int]) -> list[int]:
    """Return the first position of each digest that has no place."""
    first: dict[str, int] = {}
    for position, digest in enumerate(digests):
        if digest and digest not in places:
            first.setdefault(digest, position)
    return list(first.values())
