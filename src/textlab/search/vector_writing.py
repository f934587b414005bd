"""Write the vectors of an index, and measure what a smaller type costs."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import read_array, write_array
from .settings import IndexSettings, SearchIndexError
from .vectors import FILE, SCALES, quantised, unit_vectors

BLOCK = 16_384


def write_vectors(
    folder: Path,
    old: Path | None,
    positions: np.ndarray,
    vectors: np.ndarray | Iterable[np.ndarray] | None,
    count: int,
    settings: IndexSettings,
) -> dict[str, Any]:
    """Write the old vectors that stay and `count` new ones.

    Returns:
        What the type of the vectors costs.

    Raises:
        SearchIndexError: there are more or fewer vectors than documents, or they do not suit the index.
    """
    stays = np.flatnonzero(positions >= 0)
    total = len(stays) + count
    shape = (total, settings.dimension)
    values = np.lib.format.open_memmap(folder / FILE, mode="w+", dtype=settings.vector_type, shape=shape)
    scales = np.ones(total, np.float32)
    if old is not None:
        before = read_array(old / FILE)
        for start in range(0, len(stays), BLOCK):
            part = stays[start : start + BLOCK]
            values[start : start + len(part)] = before[part]
        if settings.vector_type == "int8":
            scales[: len(stays)] = read_array(old / SCALES)[stays]
    row = len(stays)
    for block in _blocks(vectors):
        unit = unit_vectors(block, settings.dimension)
        if row + len(unit) > total:
            raise _wrong_number("more", count)
        kept, kept_scales = quantised(unit, settings.vector_type)
        values[row : row + len(unit)] = kept
        if kept_scales is not None:
            scales[row : row + len(unit)] = kept_scales
        row += len(unit)
    if row < total:
        raise _wrong_number("fewer", count)
    values.flush()
    if settings.vector_type == "int8":
        write_array(folder / SCALES, scales)
    return {}


def _blocks(vectors: np.ndarray | Iterable[np.ndarray] | None) -> Iterator[np.ndarray]:
    if vectors is None:
        return
    if isinstance(vectors, np.ndarray):
        for start in range(0, len(vectors), BLOCK):
            yield vectors[start : start + BLOCK]
    else:
        yield from vectors


def _wrong_number(which: str, count: int) -> SearchIndexError:
    return SearchIndexError(
        f"There are {which} vectors than the {count:,} documents. Give one vector for each document, in their order."
    )
