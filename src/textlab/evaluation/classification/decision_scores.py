"""Metrics that depend on the predicted classes alone, computed from counts for many samples at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textlab.evaluation.classification.metrics import metric_name
from textlab.wording import shortlist

OVERALL_SCORES = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "matthews")
SCORES_OF_A_CLASS = ("precision", "recall", "f1")


@dataclass(frozen=True)
class Totals:
    """Numbers of texts per class, for any leading axes: float (..., k).

    Attributes:
        correct: texts of the class that are predicted as the class.
        predicted: texts predicted as the class.
        labelled: texts of the class.
    """

    correct: np.ndarray
    predicted: np.ndarray
    labelled: np.ndarray


def score_names(label_names: Sequence[str]) -> list[str]:
    """List every metric that `score` computes for these classes."""
    of_classes = [f"{kind}_{metric_name(label)}" for kind in SCORES_OF_A_CLASS for label in label_names]
    return [*OVERALL_SCORES, *of_classes]


def score(metric: str, totals: Totals, label_names: Sequence[str]) -> np.ndarray:
    """Compute one metric of `metrics.decision_metrics`, for any number of totals at once.

    A macro average leaves out classes that no text has; the score of such a class is NaN.

    Args:
        metric: one of `score_names`.
        totals: arrays of shape (..., k).
        label_names: the k classes.

    Returns:
        float64 (...).

    Raises:
        ValueError: the metric cannot be computed from decisions.
    """
    if metric == "accuracy":
        return _ratio(totals.correct.sum(axis=-1), totals.labelled.sum(axis=-1))
    if metric == "matthews":
        return _matthews(totals)
    if metric not in score_names(label_names):
        raise ValueError(
            f"'{metric}' cannot be computed from predicted classes alone. "
            f"Choose from {shortlist(score_names(label_names), 20)}."
        )
    kind, _, rest = metric.partition("_")
    if kind == "macro":
        return _macro(_by_class(rest, totals))
    return _by_class(kind, totals)[..., [metric_name(label) for label in label_names].index(rest)]


def _by_class(kind: str, totals: Totals) -> np.ndarray:
    numerator, denominator = {
        "precision": (totals.correct, totals.predicted),
        "recall": (totals.correct, totals.labelled),
        "f1": (2 * totals.correct, totals.labelled + totals.predicted),
    }[kind]
    return np.where(totals.labelled > 0, _ratio(numerator, denominator), np.nan)


def _macro(values: np.ndarray) -> np.ndarray:
    return _ratio(np.nansum(values, axis=-1), np.isfinite(values).sum(axis=-1))


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide; the result is 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros(np.shape(denominator)), where=denominator > 0)


def _matthews(totals: Totals) -> np.ndarray:
    """Compute the Matthews correlation coefficient for k classes.

    Gorodkin (2004), "Comparing two K-category assignments by a K-category correlation coefficient".
    """
    texts = totals.labelled.sum(axis=-1)
    covariance = texts * totals.correct.sum(axis=-1) - (totals.labelled * totals.predicted).sum(axis=-1)
    spread_of_labels = texts**2 - (totals.labelled**2).sum(axis=-1)
    spread_of_decisions = texts**2 - (totals.predicted**2).sum(axis=-1)
    return _ratio(covariance, np.sqrt(spread_of_labels * spread_of_decisions))
