"""The figures of traffic over time, and the moment at which they changed.

The change is the split of the window that separates its figures best. Its p value comes from the same search on the
figures in random order, so it counts all splits and all series at once: Antoch and Hušková (2001), "Permutation tests
in change point analysis". Whole bins are shuffled, because predictions of one hour may resemble each other. The search
uses short bins, which find more. Where these hold few predictions, the figures are shown in longer bins.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from textlab.monitoring.findings import Finding, Kind

HOUR = 3600.0
DAY = 24 * HOUR
UNITS = {"hour": HOUR, "3 hours": 3 * HOUR, "6 hours": 6 * HOUR, "12 hours": 12 * HOUR, "day": DAY}
WEEK = 7 * DAY
MOST_BINS = 60
FEWEST_IN_BIN = 20  # predictions in a bin of the chart, on average; smaller bins show mostly noise
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
    """The figures of each bin of a window, as they are shown.

    Attributes:
        unit: the length of a bin, in words.
        edges: the b + 1 ends of the bins, in seconds since 1970.
        counts: the number of predictions in each bin.
        series: for each figure, its mean in each bin; None where a bin has no prediction.
        change: searched for in the shortest bins; None if too few of these have predictions.
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
    _, seconds = next(_units(until - since))
    short = _Bins.of(times, since, until, seconds)
    totals = np.array([short.sums(values) for values in figures.values()])
    change = find_change(totals, short.sums(), short.edges, list(figures), seed)
    unit, seconds = shown_unit(times, until - since)
    shown = _Bins.of(times, since, until, seconds)
    series = {name: shown.means(values) for name, values in figures.items()}
    series |= {name: shown.means(values, rows) for name, (rows, values) in (sampled or {}).items()}
    return Timeline(unit, tuple(shown.edges.tolist()), tuple(shown.sums().tolist()), series, change)


@dataclass(frozen=True, eq=False)
class _Bins:
    """Bins of equal length: their ends, float (b + 1,), and the bin of each prediction, int (n,)."""

    edges: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, times: np.ndarray, since: float, until: float, seconds: float) -> "_Bins":
        first, last = np.floor(since / seconds), np.ceil(until / seconds)
        places = np.clip(np.floor(times / seconds) - first, 0, last - first - 1).astype(int)
        return cls(np.arange(first, last + 1) * seconds, places)

    def sums(self, values: np.ndarray | None = None, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Sum the values of some predictions over each bin, or count the predictions: (b,)."""
        return np.bincount(self.places[rows], values, minlength=len(self.edges) - 1)

    def means(self, values: np.ndarray, rows: np.ndarray | slice = slice(None)) -> tuple[float | None, ...]:
        """Average the values of some predictions over each bin; None where a bin has none of them."""
        pairs = zip(self.sums(values, rows), self.sums(rows=rows), strict=True)
        return tuple(float(total / count) if count else None for total, count in pairs)


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


def shown_unit(times: np.ndarray, span: float) -> tuple[str, float]:
    """Choose the length of a bin of the chart, in words and seconds.

    It is the shortest unit whose bins hold FEWEST_IN_BIN predictions on average, or else the longest one that leaves
    FEWEST_BINS bins with predictions.

    Args:
        times: float (n,), seconds since 1970.
        span: the length of the window in seconds.
    """
    units = _units(span)
    chosen = next(units)
    for longer in units:
        if len(times) >= FEWEST_IN_BIN * _held(times, chosen) or _held(times, longer) < FEWEST_BINS:
            break
        chosen = longer
    return chosen


def _held(times: np.ndarray, unit: tuple[str, float]) -> int:
    """Count the bins with predictions."""
    return len(np.unique(times // unit[1]))


def _units(span: float) -> Iterator[tuple[str, float]]:
    """Yield the units that divide a window into at most MOST_BINS bins, in words and seconds, the shortest first."""
    yield from ((name, seconds) for name, seconds in UNITS.items() if span <= MOST_BINS * seconds)
    for weeks in itertools.count(max(1, int(np.ceil(span / MOST_BINS / WEEK)))):
        yield ("week" if weeks == 1 else f"{weeks} weeks"), weeks * WEEK


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


def moment(seconds: float) -> str:
    """Write a time for people, in UTC: "2026-11-30 18:00"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _sentence(change: Change) -> str:
    return (
        f"The figures changed most at {moment(change.time)} UTC (95% interval {moment(change.low)} to "
        f"{moment(change.high)}): {change.series} went from {100 * change.before:.1f}% to {100 * change.after:.1f}%."
    )
