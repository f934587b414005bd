"""The figures of traffic over time, and the moment at which they changed.

The change is the split of the window that separates its figures best. Its p value comes from the same search on the
figures in random order, so it counts all splits and all series at once: Antoch and Hušková (2001), "Permutation tests
in change point analysis". Whole bins are shuffled, because predictions of one hour may resemble each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from textlab.monitoring.findings import Finding, Kind

HOUR = 3600.0
DAY = 24 * HOUR
UNITS = {"hour": HOUR, "3 hours": 3 * HOUR, "6 hours": 6 * HOUR, "12 hours": 12 * HOUR, "day": DAY}
WEEK = 7 * DAY
MOST_BINS = 60
FEWEST_BINS = 8  # with fewer, even a clear change is likely to come about by chance
SHORTEST_PART = 0.05  # of the predictions, on each side of a split
SHUFFLES = 1_999
CONFIDENCE_DRAWS = 500
MOST_CLASSES = 20  # the commonest classes; each has a series
CONFIDENCE, ACCURACY = "confidence", "estimated accuracy"


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


@dataclass(frozen=True)
class Timeline:
    """The figures of each bin of a window.

    Attributes:
        unit: the length of a bin, in words.
        edges: the b + 1 ends of the bins, in seconds since 1970.
        counts: the number of predictions in each bin.
        series: for each figure, its mean in each bin; None where a bin has no prediction.
        change: None if the window has too few bins with predictions.
    """

    unit: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    series: dict[str, tuple[float | None, ...]]
    change: Change | None

    def findings(self) -> tuple[Finding, ...]:
        """The test of a change within the window; empty if the window is too short for one."""
        if self.change is None:
            return ()
        change = self.change
        return (Finding(Kind.TIME, "change over time", change.p, change.after - change.before, _sentence(change)),)


def timeline(
    times: np.ndarray,
    figures: Mapping[str, np.ndarray],
    since: float,
    until: float,
    sampled: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    seed: int = 0,
) -> Timeline:
    """Average figures over bins of equal length, and look for a change.

    Args:
        times: float (n,), seconds since 1970, in [since, until).
        figures: for each series, float (n,).
        since, until: the window.
        sampled: further series that only some predictions have: their rows (m,) and values (m,). The search for a
            change leaves them out.
        seed: random seed.
    """
    unit, seconds = unit_of(until - since)
    first, last = np.floor(since / seconds), np.ceil(until / seconds)
    edges = np.arange(first, last + 1) * seconds
    bins = np.clip(np.floor(times / seconds) - first, 0, len(edges) - 2).astype(int)
    counts = np.bincount(bins, minlength=len(edges) - 1)
    sums = {name: np.bincount(bins, values, minlength=len(counts)) for name, values in figures.items()}
    series = {name: _means(totals, counts) for name, totals in sums.items()}
    for name, (rows, values) in (sampled or {}).items():
        known = np.bincount(bins[rows], minlength=len(counts))
        series[name] = _means(np.bincount(bins[rows], values, minlength=len(counts)), known)
    change = find_change(np.array(list(sums.values())), counts, edges, list(sums), seed)
    return Timeline(unit, tuple(edges.tolist()), tuple(counts.tolist()), series, change)


def prediction_figures(
    label_names: Sequence[str], probabilities: np.ndarray, right: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Return the series of predictions: the commonest classes, confidence and estimated accuracy, each float (n,).

    Args:
        label_names: the k classes.
        probabilities: float (n, k).
        right: float (n,), the estimated probability that each prediction is right.
    """
    predicted = probabilities.argmax(axis=1)
    commonest = np.argsort(-np.bincount(predicted, minlength=len(label_names)), kind="stable")[:MOST_CLASSES]
    figures = {f"share of {label_names[label]}": (predicted == label).astype(np.float64) for label in sorted(commonest)}
    figures[CONFIDENCE] = probabilities.max(axis=1).astype(np.float64)
    return figures if right is None else figures | {ACCURACY: right.astype(np.float64)}


def unit_of(span: float) -> tuple[str, float]:
    """Return the shortest unit that divides a span of seconds into at most MOST_BINS bins, in words and seconds."""
    for name, seconds in UNITS.items():
        if span <= MOST_BINS * seconds:
            return name, seconds
    weeks = int(np.ceil(span / MOST_BINS / WEEK))
    return ("week" if weeks == 1 else f"{weeks} weeks"), weeks * WEEK


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


def _means(totals: np.ndarray, counts: np.ndarray) -> tuple[float | None, ...]:
    return tuple(float(total / count) if count else None for total, count in zip(totals, counts, strict=True))


def moment(seconds: float) -> str:
    """Write a time for people, in UTC: "2026-11-30 18:00"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _sentence(change: Change) -> str:
    return (
        f"The figures changed most at {moment(change.time)} UTC (95% interval {moment(change.low)} to "
        f"{moment(change.high)}): {change.series} went from {100 * change.before:.1f}% to {100 * change.after:.1f}%."
    )
