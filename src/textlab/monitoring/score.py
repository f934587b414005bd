"""A number with its interval."""

from dataclasses import dataclass

import numpy as np

from textlab.evaluation.statistics.bootstrap import CONFIDENCE


@dataclass(frozen=True)
class Score:
    """A share or score in [0, 1] with its interval at a confidence of 95 %.

    Attributes:
        value: the score.
        low, high: the ends of the interval.
    """

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, errors: np.ndarray) -> "Score":
        """Make a score from draws of the error of its estimate: the basic bootstrap.

        Davison and Hinkley (1997), "Bootstrap methods and their application", section 5.2.

        Args:
            value: the estimate.
            errors: float (r,), draws of estimate minus truth.
        """
        tails = np.quantile(errors, [(1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2])
        low, high = np.clip(value - tails, 0, 1)
        return cls(float(value), float(low), float(high))


def score_text(score: Score) -> str:
    """Write a score with its interval: "71.2% (68.9% to 73.4%)"."""
    return f"{100 * score.value:.1f}% ({100 * score.low:.1f}% to {100 * score.high:.1f}%)"


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Count the rows of each predicted and true class: int (k predicted, k true)."""
    return np.bincount(predicted * classes + labels, minlength=classes**2).reshape(classes, classes)


def scores_of(confusion: np.ndarray) -> tuple[float, float]:
    """Compute accuracy and macro F1 from a confusion matrix of counts or sums of probabilities.

    Macro F1 is the mean over the classes that an example has. A class that is never predicted has an F1 of 0. See
    `decision_metrics`, which takes a frame of predictions.
    """
    right, predicted, true = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    held = true > 0
    return float(right.sum() / confusion.sum()), float((2 * right[held] / (predicted + true)[held]).mean())
