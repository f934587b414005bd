"""The moment at which figures changed.

The change is the split of the window that separates its figures best. Its p value comes from the same search on the
figures in random order, so it counts all splits and all series at once: Antoch and Hušková (2001), "Permutation tests
in change point analysis". Whole bins are shuffled, because predictions of one hour may resemble each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_BINS = 8  # with fewer, even a clear change is likely to come about by chance
SHORTEST_PART = 0.05  # least share of the predictions on each side of a split
SHUFFLES = 1_999
CONFIDENCE_DRAWS = 500


@dataclass(frozen=True)
class Change:
    """The moment at which the figures changed most.

    Attributes:
        time: in seconds since 1970.
        low, high: the interval of the time at a confidence of 95 %.
        series: the series that changed most.
        before, after: its means.
        p: the p value of the change, corrected for all splits and series.
    """

    time: float
    low: float
    high: float
    series: str
    before: float
    after: float
    p: float


def find_change(
    sums: np.ndarray, counts: np.ndarray, edges: np.ndarray, names: Sequence[str], seed: int = 0
) -> Change | None:
    """Find the split of bins that separates the figures best.

    Args:
        sums: float (s, b), for each series the sum of its figures in each bin.
        counts: int (b,), the number of predictions in each bin.
        edges: float (b + 1,), the ends of the bins.
        names: the s series.
        seed: random seed.

    Returns:
        None if fewer than FEWEST_BINS bins have predictions, or if no split leaves enough on both sides.
    """
    held = np.flatnonzero(counts)
    if len(held) < FEWEST_BINS:
        return None
    sizes, totals = counts[held].astype(float), sums[:, held]
    surplus = _standardised(totals, sizes)
    rng = np.random.default_rng(seed)
    separation = _separation(surplus[None], sizes[None])[0]
    if not separation.any():
        return None
    series, split = np.unravel_index(separation.argmax(), separation.shape)
    orders = rng.permuted(np.tile(np.arange(len(held)), (SHUFFLES, 1)), axis=1)
    shuffled = _separation(surplus[:, orders].transpose(1, 0, 2), sizes[orders]).max(axis=(1, 2))
    p = (1 + int((shuffled >= separation.max() - 1e-9).sum())) / (1 + SHUFFLES)
    starts = edges[held[1:]]  # a split lies at the start of the bin after it
    low, high = np.quantile(starts[_drawn_splits(totals[series], sizes, int(split), rng)], [0.025, 0.975])
    before, after = (float(totals[series, part].sum() / sizes[part].sum()) for part in _parts(int(split)))
    return Change(float(starts[split]), float(low), float(high), names[series], before, after, p)


def _parts(split: int) -> tuple[slice, slice]:
    return slice(None, split + 1), slice(split + 1, None)


def _standardised(totals: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return by how much each bin's sum exceeds its share, in units of the series' spread between bins: (s, b)."""
    surplus = totals - sizes * (totals.sum(axis=1, keepdims=True) / sizes.sum())
    spread = np.sqrt((surplus**2).sum(axis=1, keepdims=True) / sizes.sum())
    return np.divide(surplus, spread, out=np.zeros_like(surplus), where=spread > 1e-9)


def _separation(surplus: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return how far the two sides of each split differ, in standard errors: float (r, s, b - 1).

    Args:
        surplus: float (r, s, b), of r orders of the bins.
        sizes: float (r, b).
    """
    share = sizes.cumsum(axis=1)[:, :-1] / sizes.sum(axis=1, keepdims=True)
    allowed = (share >= SHORTEST_PART) & (share <= 1 - SHORTEST_PART)
    errors = np.sqrt(share * (1 - share) * sizes.sum(axis=1, keepdims=True))
    far = np.abs(surplus.cumsum(axis=2)[:, :, :-1]) / errors[:, None]
    return np.where(allowed[:, None], far, 0.0)


def _drawn_splits(totals: np.ndarray, sizes: np.ndarray, split: int, rng: np.random.Generator) -> np.ndarray:
    """Find the split again in bins that are drawn from each side of it: int (CONFIDENCE_DRAWS,)."""
    before = rng.integers(split + 1, size=(CONFIDENCE_DRAWS, split + 1))
    after = rng.integers(split + 1, len(sizes), size=(CONFIDENCE_DRAWS, len(sizes) - split - 1))
    drawn = np.hstack([before, after])
    surplus = totals[drawn] - sizes[drawn] * (
        totals[drawn].sum(axis=1, keepdims=True) / sizes[drawn].sum(axis=1, keepdims=True)
    )
    return _separation(surplus[:, None], sizes[drawn])[:, 0].argmax(axis=1)
