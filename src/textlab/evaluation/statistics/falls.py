"""The fall of a score from one sample of examples to another, independent one, beside what sampling explains."""

from dataclasses import dataclass

import numpy as np

from textlab.evaluation.statistics.bootstrap import CONFIDENCE, Bootstrap


@dataclass(frozen=True)
class Fall:
    """A score on two independent samples, such as validation and test.

    Attributes:
        before, after: the score on each sample.
        error: the standard error of the difference.
    """

    before: float
    after: float
    error: float

    @property
    def difference(self) -> float:
        """By how much the score falls; negative if it rises."""
        return self.before - self.after

    @property
    def explained(self) -> float:
        """The largest difference that sampling explains, at a confidence of 95 %."""
        return _quantile(CONFIDENCE) * self.error

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the difference at a confidence of 95 %."""
        return self.difference - self.explained, self.difference + self.explained

    @property
    def p(self) -> float:
        """The two-sided p value of the difference, from the normal distribution."""
        from scipy.special import ndtr

        if self.error == 0:
            return float(self.difference == 0)
        return float(2 * ndtr(-abs(self.difference) / self.error))


def score_fall(before: Bootstrap, after: Bootstrap, least_error: float = 0.0) -> Fall:
    """Compare one score on two independent samples. Errors of independent samples add in squares.

    Args:
        before, after: bootstraps of one score, m = 1.
        least_error: the smallest standard error to assume. A bootstrap of a perfect score has none, however few
            examples there are.
    """
    error = float(np.hypot(np.nanstd(before.resampled[0]), np.nanstd(after.resampled[0])))
    return Fall(float(before.observed[0]), float(after.observed[0]), max(error, least_error))


def _quantile(confidence: float) -> float:
    """Return the number of standard errors on each side of an interval."""
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))
