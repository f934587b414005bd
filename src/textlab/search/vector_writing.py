"""Write the vectors of an index, and measure the loss of a smaller type and of the first pass."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import read_array, write_array
from .settings import IndexSettings, SearchIndexError
from .signs import SIGNS, Signs
from .vectors import EXACT, FILE, SCALES, StoredVectors, quantised, restored, unit_vectors

BLOCK = 16_384
SAMPLE = 10_000  # new vectors on which the loss of the type is measured
QUERIES = 100  # vectors of the sample that serve as queries
BEST = 10  # the nearest documents on which recall is measured


def write_vectors(
    folder: Path,
    old: Path | None,
    positions: np.ndarray,
    vectors: np.ndarray | Iterable[np.ndarray] | None,
    count: int,
    settings: IndexSettings,
    loss: dict[str, Any],
) -> dict[str, Any]:
    """Write the old vectors that stay and `count` new ones, and the signs of a large index.

    Args:
        folder: the folder of the new index.
        old: the folder of the old one; None if there is none.
        positions: the new position of each old document; -1 for one that is removed.
        vectors, count: the new vectors, and how many there must be.
        settings: those of the index.
        loss: the measurements of the old index.

    Returns:
        The measured loss of the type of the vectors, and of the first pass.

    Raises:
        SearchIndexError: there are more or fewer vectors than documents, or they do not suit the index.
    """
    stays = np.flatnonzero(positions >= 0)
    total = len(stays) + count
    shape = (total, settings.dimension)
    values = np.lib.format.open_memmap(folder / FILE, mode="w+", dtype=settings.vector_type, shape=shape)
    scales = np.ones(total, np.float32)
    if old is not None:
        _carry(old, stays, values, scales)
    row, sample = len(stays), np.empty((0, settings.dimension), np.float32)
    for block in _blocks(vectors):
        unit = unit_vectors(block, settings.dimension)
        if row + len(unit) > total:
            raise _wrong_number("more", count)
        kept, kept_scales = quantised(unit, settings.vector_type)
        values[row : row + len(unit)] = kept
        if kept_scales is not None:
            scales[row : row + len(unit)] = kept_scales
        row += len(unit)
        sample = np.concatenate([sample, unit[: SAMPLE - len(sample)]])
    if row < total:
        raise _wrong_number("fewer", count)
    values.flush()
    if settings.vector_type == "int8":
        write_array(folder / SCALES, scales)
    measured = _joined(_loss_of_type(sample, settings.vector_type), loss)
    return measured | (_write_signs(folder, old, stays) if total > EXACT else {})


def _carry(old: Path, stays: np.ndarray, values: np.ndarray, scales: np.ndarray) -> None:
    """Copy the vectors of an old index that stay to the first rows of the new arrays."""
    before = read_array(old / FILE)
    for start in range(0, len(stays), BLOCK):
        part = stays[start : start + BLOCK]
        values[start : start + len(part)] = before[part]
    if values.dtype == np.int8:
        scales[: len(stays)] = read_array(old / SCALES)[stays]


def _write_signs(folder: Path, old: Path | None, stays: np.ndarray) -> dict[str, Any]:
    """Write the signs of all vectors; those of the old index are taken over if it has some.

    Returns:
        The recall of the search with the first pass, against the exact one.
    """
    values = read_array(folder / FILE)
    scales = read_array(folder / SCALES) if values.dtype == np.int8 else None
    known = old is not None and (old / SIGNS).exists()
    first = restored(values[:EXACT], None if scales is None else scales[:EXACT])
    signs = Signs.of(first, len(values))
    if known:
        before = Signs.read(old)  # type: ignore[arg-type]
        signs.rotation, signs.centre = before.rotation, before.centre
        signs.signs[:, : len(stays)] = before.signs[:, stays]
    for start in range(len(stays) if known else 0, len(values), BLOCK):
        part = slice(start, start + BLOCK)
        signs.signs[:, part] = signs.of_vectors(restored(values[part], None if scales is None else scales[part]))
    signs.write(folder)
    stored = StoredVectors(folder)
    queries = stored.rows(np.linspace(0, len(values) - 1, QUERIES, dtype=np.int64))
    found = [stored.nearest(query, BEST + 1, None)[0] for query in queries]
    return {"first_pass_recall_10": _recall(stored.exact(queries, BEST + 1), found)}


def _loss_of_type(sample: np.ndarray, vector_type: str) -> dict[str, Any]:
    """Return the errors of the cosine among vectors that are kept in a type, and the recall of the 10 nearest."""
    if len(sample) <= 1:
        return {"documents": 0, "mean_error": 0.0, "largest_error": 0.0, "recall_10": 1.0}
    kept = restored(*quantised(sample, vector_type))
    exact, stored = sample[:QUERIES] @ sample.T, sample[:QUERIES] @ kept.T
    errors = np.abs(stored - exact)
    count = min(BEST + 1, len(sample))
    nearest = [np.argsort(-scores, axis=1, kind="stable")[:, :count] for scores in (exact, stored)]
    return {
        "documents": len(sample),
        "mean_error": float(errors.mean()),
        "largest_error": float(errors.max()),
        "recall_10": _recall(*nearest),
    }


def _joined(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Join the measurements on new vectors with earlier ones, weighted by their numbers of documents."""
    total = new["documents"] + (before := old.get("documents", 0))
    if not before or not total:
        return new
    means = {name: (new[name] * new["documents"] + old[name] * before) / total for name in ("mean_error", "recall_10")}
    return {"documents": total, "largest_error": max(new["largest_error"], old["largest_error"])} | means


def _recall(exact: Iterable[np.ndarray], found: Iterable[np.ndarray]) -> float:
    """Return the share of the nearest that was found. The first of each is the query itself, and does not count."""
    return float(np.mean([np.isin(best[1:], other).mean() for best, other in zip(exact, found, strict=True)]))


def _blocks(vectors: np.ndarray | Iterable[np.ndarray] | None) -> Iterator[np.ndarray]:
    if isinstance(vectors, np.ndarray):
        for start in range(0, len(vectors), BLOCK):
            yield vectors[start : start + BLOCK]
    elif vectors is not None:
        yield from vectors


def _wrong_number(which: str, count: int) -> SearchIndexError:
    return SearchIndexError(
        f"There are {which} vectors than the {count:,} documents. Give one vector for each document, in their order."
    )
