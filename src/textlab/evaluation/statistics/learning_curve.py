"""How a score grows with the number of training examples, and what further ones would be worth.

The curve is a power law, score = a - b n^-c, which fits most learning curves best: Hestness et al. (2017), "Deep
learning scaling is predictable, empirically"; Viering and Loog (2023), "The shape of learning curves: a review",
section 4. A score above one or a curve that falls is no candidate for a fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textlab.evaluation.statistics.bootstrap import CONFIDENCE, Bootstrap

FEWEST_SIZES = 3  # as many as the power law has numbers
FARTHEST = 2.0  # times the largest size; further away, the shape of the curve decides and not the measurements
EXPONENTS = np.geomspace(0.05, 2.0, 50)  # of measured curves, most are between 0.07 and 1
HIGHEST = 1.0  # no score is above it


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """The score of a model by the number of its training examples.

    Attributes:
        sizes: int (s,), the numbers of training examples, ascending.
        runs: int (s,), the runs of each size, which differ in their seeds.
        scores: float (s,), the mean score of the runs of each size.
        lows, highs: float (s,), the intervals of these means.
        falls: the pairs of neighbouring sizes between which the score falls by more than chance.
        is_flat: whether the score of the largest size is not above that of the smallest by more than chance.
        knows_seeds: whether the intervals cover the variation between seeds and draws; else they cover that between
            test examples alone.
        confidence: the confidence of every interval.
        fitted: float (3,), a, b and c of the power law; None if there are fewer than `FEWEST_SIZES` sizes.
        resampled: float (r, 3), the same for each resample; None if `fitted` is.
    """

    sizes: np.ndarray
    runs: np.ndarray
    scores: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    falls: tuple[tuple[int, int], ...]
    is_flat: bool
    knows_seeds: bool
    confidence: float
    fitted: np.ndarray | None
    resampled: np.ndarray | None

    @property
    def refusal(self) -> str:
        """Why the curve is not extrapolated, in a sentence; "" if it is."""
        if self.fitted is None:
            return (
                f"The curve has {len(self.sizes)} sizes, and an extrapolation needs at least {FEWEST_SIZES}. Add "
                "shares to learning_curve."
            )
        if self.falls:
            first, second = self.falls[0]
            return (
                f"From {first:,} to {second:,} training examples, the score falls by more than chance. A curve that is "
                "not monotone is not extrapolated; look for a cause, such as a setting that suits small data only."
            )
        return ""

    def round_number(self) -> int:
        """Return the largest of 1, 2, 5, 10, 20, 50 ... that is at most half the largest size, and at least 1."""
        half = max(1, int(self.sizes[-1]) // 2)
        power = 10 ** (len(str(half)) - 1)
        return power * max(digit for digit in (1, 2, 5) if digit * power <= half)

    def gain(self, more: int) -> tuple[float, float, float]:
        """Return the gain in score of `more` training examples beyond the largest size, and the interval of the gain.

        Raises:
            ValueError: the curve is not extrapolated, or not as far as that.
        """
        fitted, resampled = self._extrapolated(more)
        now, then = (float(at) for at in (self.sizes[-1], self.sizes[-1] + more))
        gains = power_law(resampled, then) - power_law(resampled, now)
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(gains, [tail, 1 - tail])
        return float(power_law(fitted, then) - power_law(fitted, now)), float(low), float(high)

    def score(self, size: int) -> tuple[float, float, float]:
        """Return the score at a number of training examples by the power law, and its interval.

        Raises:
            ValueError: the curve is not extrapolated, or not as far as that.
        """
        fitted, resampled = self._extrapolated(size - int(self.sizes[-1]))
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(power_law(resampled, float(size)), [tail, 1 - tail])
        return float(power_law(fitted, float(size))), float(low), float(high)

    def _extrapolated(self, more: int) -> tuple[np.ndarray, np.ndarray]:
        if self.refusal or self.fitted is None or self.resampled is None:
            raise ValueError(self.refusal)
        if more > (FARTHEST - 1) * self.sizes[-1]:
            raise ValueError(
                f"{more:,} more training examples are too many to extrapolate from {self.sizes[-1]:,}. Ask for at most "
                f"{int((FARTHEST - 1) * self.sizes[-1]):,}."
            )
        return self.fitted, self.resampled


def learning_curve(
    sizes: Sequence[int], scored: Bootstrap, *, confidence: float = CONFIDENCE, seed: int = 0
) -> LearningCurve:
    """Fit a power law to the scores of runs on different numbers of training examples.

    The intervals cover two kinds of chance. Test examples are resampled, the same ones for all runs. The noise of a
    run, from its seed and its draw of training examples, is drawn from a t distribution. Its variance falls as 1 / n,
    and is estimated from the runs of each size around their mean and from these means around the power law.

    Args:
        sizes: the number of training examples of each run, int (m,).
        scored: the bootstrap of the m runs on the same test examples.
        confidence: the share of such intervals that contain the true value.
        seed: the random seed of the noise.

    Raises:
        ValueError: there is no run.
    """
    of_runs = np.asarray(sizes)
    if not len(of_runs):
        raise ValueError("There are no runs. Pass at least one run of each size.")
    distinct, place, runs = np.unique(of_runs, return_inverse=True, return_counts=True)
    averaging = (place == np.arange(len(distinct))[:, None]) / runs[:, None]
    means, weights = averaging @ scored.observed, runs * distinct / distinct[-1]
    fitted = None if len(distinct) < FEWEST_SIZES else fit(distinct, means[None], weights)[0]
    within, about = _squares(distinct, place, scored.observed, means, fitted)
    resampled, random = (averaging @ scored.resampled).T, np.random.default_rng(seed)
    for_fit = resampled + _noise(within + about, resampled.shape, weights, random)
    # Means that do not lie on a power law must not make a fall look like chance.
    resampled = resampled + _noise(within, resampled.shape, weights, random) if within.freedom else for_fit
    tail = (1 - confidence) / 2
    lows, highs = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return LearningCurve(
        sizes=distinct,
        runs=runs,
        scores=means,
        lows=lows,
        highs=highs,
        falls=_falls(distinct, resampled, tail),
        is_flat=bool(np.quantile(resampled[:, -1] - resampled[:, 0], tail) <= 0),
        knows_seeds=(within + about).freedom > 0,
        confidence=confidence,
        fitted=fitted,
        resampled=None if fitted is None else fit(distinct, for_fit, weights),
    )


def power_law(parameters: np.ndarray, sizes: np.ndarray | float) -> np.ndarray:
    """Return a - b n^-c for parameters (..., 3) and sizes that broadcast with (...)."""
    a, b, c = np.moveaxis(parameters, -1, 0)
    return np.asarray(a - b * np.asarray(sizes, float) ** -c)


def fit(sizes: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit the power law by weighted least squares, with b of at least 0 and a of at most 1.

    For each exponent, the other two numbers follow from a linear regression, so the best exponent is searched alone.

    Args:
        sizes: int (s,).
        scores: float (r, s), r curves.
        weights: float (s,).

    Returns:
        float (r, 3): a, b and c of each curve.
    """
    weights = weights / weights.sum()
    best, least = np.zeros((len(scores), 3)), np.full(len(scores), np.inf)
    mean = scores @ weights
    for exponent in EXPONENTS:
        powers = (sizes / sizes[0]) ** -exponent  # relative to the smallest, so that no number is tiny
        centre = powers @ weights
        slope = (scores - mean[:, None]) @ (weights * (powers - centre)) / (weights @ (powers - centre) ** 2)
        b = np.maximum(-slope, 0)
        a = mean + b * centre
        too_high = a > HIGHEST
        b = np.where(too_high, (HIGHEST - scores) @ (weights * powers) / (weights @ powers**2), b)
        a = np.where(too_high, HIGHEST, a)
        error = (scores - a[:, None] + b[:, None] * powers) ** 2 @ weights
        is_better = error < least
        least[is_better] = error[is_better]
        best[is_better] = np.column_stack([a, b * sizes[0] ** exponent, np.full(len(b), exponent)])[is_better]
    return best


@dataclass(frozen=True)
class _Squares:
    """A sum of squares and its degrees of freedom, scaled to a run of the largest size."""

    total: float
    freedom: int

    def __add__(self, other: "_Squares") -> "_Squares":
        return _Squares(self.total + other.total, self.freedom + other.freedom)


def _squares(
    sizes: np.ndarray, place: np.ndarray, scores: np.ndarray, means: np.ndarray, fitted: np.ndarray | None
) -> tuple[_Squares, _Squares]:
    """Return the squares of the runs around the mean of their size, and of these means around the power law."""
    share = sizes / sizes[-1]
    within = _Squares(float((share[place] * (scores - means[place]) ** 2).sum()), len(scores) - len(sizes))
    if fitted is None or len(sizes) <= FEWEST_SIZES:
        return within, _Squares(0.0, 0)
    about = (np.bincount(place) * share * (means - power_law(fitted, sizes)) ** 2).sum()
    return within, _Squares(float(about), len(sizes) - FEWEST_SIZES)


def _noise(
    squares: _Squares, shape: tuple[int, int], weights: np.ndarray, random: np.random.Generator
) -> np.ndarray | float:
    """Return noise of the means for each resample, float (r, s); 0 if its size is unknown."""
    if not squares.freedom:
        return 0.0
    spread = np.sqrt(squares.total / random.chisquare(squares.freedom, shape[0]))
    return np.asarray(spread[:, None] * random.standard_normal(shape) / np.sqrt(weights))


def _falls(sizes: np.ndarray, resampled: np.ndarray, tail: float) -> tuple[tuple[int, int], ...]:
    """Return the neighbouring sizes between which the score falls; the tail is shared by all pairs (Bonferroni)."""
    steps = np.diff(resampled, axis=1)
    if not steps.shape[1]:
        return ()
    is_fall = np.quantile(steps, 1 - tail / steps.shape[1], axis=0) < 0
    return tuple((int(sizes[at]), int(sizes[at + 1])) for at in np.flatnonzero(is_fall))
