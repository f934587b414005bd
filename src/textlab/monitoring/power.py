"""The power of a look: which change of the class shares its test of the outputs finds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textlab.evaluation.statistics.power import POWER
from textlab.evaluation.statistics.quadratic_form import squared_length_p

DRAWS = 4_000
CLOSE = 1e-3
MOST_CLASSES = 20  # the commonest classes; each needs a search


@dataclass(frozen=True)
class Power:
    """The changes of the class shares that a look finds with a probability of 0.8.

    Attributes:
        predictions: the number of predictions of the look.
        effective: the number of independent predictions that would tell as much.
        alpha: the significance level of the test of class shares.
        changes: for each of the commonest classes, the smallest rise of its true share that is found, as a share of
            one. The other classes give it up in proportion. None if no rise is found.
        sentence: the largest of them, in words.
    """

    predictions: int
    effective: float
    alpha: float
    changes: dict[str, float | None]
    sentence: str


def power_of_look(
    label_names: Sequence[str],
    validation_labels: np.ndarray,
    validation_probabilities: np.ndarray,
    predictions: int,
    effective: float,
    alpha: float,
) -> Power:
    """Compute the smallest rise of each class's true share that the test of class shares finds four times in five.

    The test compares mean probabilities, see `outputs.mean_probabilities_p`. A rise of a class moves them towards the
    mean probabilities of its validation examples, so a model that confuses the class with others finds less.

    Args:
        label_names: the k classes.
        validation_labels: int (v,).
        validation_probabilities: float (v, k).
        predictions: the number of predictions.
        effective: the number of independent predictions that would tell as much.
        alpha: the significance level of this one test.
    """
    commonest = np.argsort(-np.bincount(validation_labels, minlength=len(label_names)), kind="stable")[:MOST_CLASSES]
    test = _ShareTest(validation_labels, validation_probabilities.astype(np.float64), effective, alpha)
    changes = {label_names[label]: test.smallest_rise(int(label)) for label in sorted(commonest)}
    return Power(predictions, effective, alpha, changes, _sentence(predictions, changes))


class _ShareTest:
    """The test of mean probabilities, for validation examples and a number of independent predictions."""

    def __init__(self, labels: np.ndarray, probabilities: np.ndarray, effective: float, alpha: float) -> None:
        counts = np.bincount(labels, minlength=probabilities.shape[1])
        sums = np.stack([np.bincount(labels, column, minlength=len(counts)) for column in probabilities.T], axis=1)
        self._shares, self._means = counts / len(labels), sums / np.maximum(counts, 1)[:, None]
        scale = 1 / np.sqrt(np.maximum(probabilities.mean(axis=0), 1e-9))
        covariance = np.cov((probabilities * scale).T) * (1 / len(labels) + 1 / effective)
        weights, directions = np.linalg.eigh(covariance)
        kept = weights > weights[-1] * 1e-9
        self._weights, self._project = weights[kept], (scale[:, None] * directions)[:, kept]
        self._critical = _critical_value(self._weights, alpha)
        self._noise = np.random.default_rng(0).normal(size=(DRAWS, len(self._weights))) * np.sqrt(self._weights)

    def power(self, label: int, rise: float) -> float:
        """The probability that a rise of a class is found."""
        change = (shifted(self._shares, label, rise) - self._shares) @ self._means
        return float((((self._noise + change @ self._project) ** 2).sum(axis=1) > self._critical).mean())

    def smallest_rise(self, label: int) -> float | None:
        """Search the smallest rise that is found with the conventional power."""
        low, high = 0.0, 1 - float(self._shares[label])
        if not 0 < self._shares[label] < 1 or self.power(label, high) < POWER:
            return None
        while high - low > CLOSE:
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(label, middle) >= POWER else (middle, high)
        return high


def shifted(shares: np.ndarray, label: int, rise: float) -> np.ndarray:
    """Return the class shares after one class has gained `rise`, which the others give up in proportion: float (k,)."""
    rest = 1 - shares[label]
    after = shares * (rest - rise) / rest
    after[label] = shares[label] + rise
    return after


def _critical_value(weights: np.ndarray, alpha: float) -> float:
    """Find the squared length whose p value is alpha; `weights` are the eigenvalues of the covariance."""
    from scipy.optimize import brentq

    covariance, direction = np.diag(weights), np.eye(len(weights))[0]

    def p_value(statistic: float) -> float:
        return squared_length_p(np.sqrt(statistic) * direction, covariance)

    high = float(weights.sum())
    while p_value(high) > alpha:
        high *= 2
    return float(brentq(lambda statistic: p_value(statistic) - alpha, 0.0, high))


def _sentence(predictions: int, changes: dict[str, float | None]) -> str:
    start = f"With {predictions:,} predictions, "
    if None in changes.values():
        hidden = ", ".join(name for name, change in changes.items() if change is None)
        return f"{start}not every change of the class shares is found: this look is blind to a rise of {hidden}."
    largest = max(change for change in changes.values() if change is not None)
    return f"{start}a rise of {100 * largest:.0f} points in the true share of any class is found four times in five."
