"""The figures of traffic over time. A change is searched for in short bins, which find more.

Where these hold few predictions, the figures are shown in longer bins.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from textlab.monitoring.change import FEWEST_BINS, Change, find_change
from textlab.monitoring.findings import Finding, Kind

HOUR = 3600.0
DAY = 24 * HOUR
UNITS = {"hour": HOUR, "3 hours": 3 * HOUR, "6 hours": 6 * HOUR, "12 hours": 12 * HOUR, "day": DAY}
WEEK = 7 * DAY
MOST_BINS = 60
FEWEST_IN_BIN = 20  # predictions in a bin of the chart, on average; smaller bins show mostly noise
MOST_CLASSES = 20  # the commonest classes; each has a series
CONFIDENCE, ACCURACY = "confidence", "estimated accuracy"
CHANGE = "change over time"


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
        return (Finding(Kind.TIME, CHANGE, change.p, change.after - change.before, _sentence(change)),)


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


def moment(seconds: float) -> str:
    """Write a time for people, in UTC: "2026-11-30 18:00"."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _sentence(change: Change) -> str:
    return (
        f"The figures changed most at {moment(change.time)} UTC (95% interval {moment(change.low)} to "
        f"{moment(change.high)}): {change.series} went from {100 * change.before:.1f}% to {100 * change.after:.1f}%."
    )
