"""The decisions of several models on the same texts, and the scores that are read from counts of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.classification.metrics import metric_name
from textlab.evaluation.classification.predictions import class_indices, label_names_of, probabilities_of

OVERALL_SCORES = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "matthews")
SCORES_OF_A_CLASS = ("precision", "recall", "f1")


@dataclass(frozen=True)
class Decisions:
    """What m models said of n texts, as positions in `label_names`.

    Attributes:
        models: the m names.
        label_names: the k classes.
        labels: int (n,), the true classes.
        predicted: int (m, n).
    """

    models: tuple[str, ...]
    label_names: tuple[str, ...]
    labels: np.ndarray
    predicted: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """bool (m, n): which decisions are right."""
        return self.predicted == self.labels


@dataclass(frozen=True)
class Totals:
    """Texts of each class, over any leading axes: float (..., k).

    Attributes:
        correct: labelled and predicted so.
        predicted: predicted so.
        labelled: labelled so.
    """

    correct: np.ndarray
    predicted: np.ndarray
    labelled: np.ndarray


def decisions_of(predictions: Mapping[str, pd.DataFrame]) -> Decisions:
    """The decisions of models that can be compared.

    Args:
        predictions: for each model's name the frame of `predictions.predictions_frame` on one test set.

    Raises:
        ValueError: there is no model, a probability is NaN or infinite, or two models have other classes or were
            tested on other texts.
    """
    if not predictions:
        raise ValueError("There are no predictions; give a mapping from a model's name to its predictions.")
    for model, frame in predictions.items():
        check_finite(model, frame)
    first, *others = predictions
    for other in others:
        _check_same_test_set(first, predictions[first], other, predictions[other])
    return Decisions(
        models=tuple(predictions),
        label_names=tuple(label_names_of(predictions[first])),
        labels=class_indices(predictions[first], "label"),
        predicted=np.stack([class_indices(frame, "predicted") for frame in predictions.values()]),
    )


def check_finite(model: str, predictions: pd.DataFrame) -> None:
    """Raise ValueError if a probability is NaN or infinite; the message names the model."""
    broken = int((~np.isfinite(probabilities_of(predictions))).any(axis=1).sum())
    if broken:
        raise ValueError(
            f"'{model}': {broken} of {len(predictions)} rows hold a probability that is NaN or infinite, so its "
            "decisions mean nothing. Leave the run out and look at its loss: it has most likely diverged."
        )


def _check_same_test_set(first: str, left: pd.DataFrame, other: str, right: pd.DataFrame) -> None:
    if label_names_of(left) != label_names_of(right):
        raise ValueError(
            f"Models of different classes cannot be compared: '{first}' has {label_names_of(left)}, "
            f"'{other}' has {label_names_of(right)}."
        )
    if len(left) != len(right):
        difference = f"'{first}' was tested on {len(left):,} texts and '{other}' on {len(right):,}"
    else:
        columns = [column for column in ("id", "text", "label") if not _equal(left[column], right[column])]
        if not columns:
            return
        difference = f"'{first}' and '{other}' differ in the column(s) {columns} of their texts"
    raise ValueError(
        f"Runs on different test sets are never compared: {difference}. Give runs on one dataset, with one digest."
    )


def _equal(left: pd.Series, right: pd.Series) -> bool:
    return bool((left.to_numpy(dtype=object) == right.to_numpy(dtype=object)).all())


def score_names(label_names: Sequence[str]) -> list[str]:
    """Every score that `score` knows for these classes."""
    of_classes = [f"{kind}_{metric_name(label)}" for kind in SCORES_OF_A_CLASS for label in label_names]
    return [*OVERALL_SCORES, *of_classes]


def score(metric: str, totals: Totals, label_names: Sequence[str]) -> np.ndarray:
    """One score of `metrics.decision_metrics`, for any number of totals at once.

    A macro average leaves out the classes that no text is labelled with; a score of such a class is NaN.

    Args:
        metric: one of `score_names`.
        totals: arrays of shape (..., k).
        label_names: the k classes.

    Returns:
        float64 (...).

    Raises:
        ValueError: the metric is not one that can be read from decisions.
    """
    if metric == "accuracy":
        return _ratio(totals.correct.sum(axis=-1), totals.labelled.sum(axis=-1))
    if metric == "matthews":
        return _matthews(totals)
    if metric not in score_names(label_names):
        raise ValueError(
            f"'{metric}' cannot be read from decisions alone. Available: {', '.join(score_names(label_names))}."
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
    """The quotient; 0 where there is nothing to divide by."""
    return np.divide(numerator, denominator, out=np.zeros(np.shape(denominator)), where=denominator > 0)


def _matthews(totals: Totals) -> np.ndarray:
    """Gorodkin (2004), "Comparing two K-category assignments by a K-category correlation coefficient"."""
    texts = totals.labelled.sum(axis=-1)
    covariance = texts * totals.correct.sum(axis=-1) - (totals.labelled * totals.predicted).sum(axis=-1)
    spread_of_labels = texts**2 - (totals.labelled**2).sum(axis=-1)
    spread_of_decisions = texts**2 - (totals.predicted**2).sum(axis=-1)
    return _ratio(covariance, np.sqrt(spread_of_labels * spread_of_decisions))
