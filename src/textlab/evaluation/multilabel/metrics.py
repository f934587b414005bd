"""Every metric of one frame of predictions, and which of them may decide."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.evaluation.classification.decision_scores import SCORES_OF_A_CLASS, Totals, score
from textlab.evaluation.classification.metrics import metric_name
from textlab.evaluation.multilabel.predictions import label_names_of, predicted_of, probabilities_of, truth_of
from textlab.evaluation.multilabel.thresholds import choose_thresholds
from textlab.spelling import nearest

# More is better in each of these, so each may decide which hyperparameter, epoch or model is best.
# Precision and recall alone would be won by predicting next to nothing, or everything.
DECISIVE_METRICS = ("macro_f1", "micro_f1", "subset_accuracy", "hamming_score")
PRIMARY_METRIC = "macro_f1"
FROM_DECISIONS = (*DECISIVE_METRICS, "macro_precision", "macro_recall")  # computed from predicted labels alone


def multilabel_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Compute every metric of one model on one split.

    Returns:
        The metrics of `overall_metrics`; and for each label precision_<label>, recall_<label>, f1_<label>,
        average_precision_<label> and support_<label>, the number of examples with the label. A label that no example
        has gets a support of 0 and NaN for the others. MLflow accepts the names.
    """
    truth, names = truth_of(predictions), label_names_of(predictions)
    totals = label_totals(truth, predicted_of(predictions))
    metrics = overall_metrics(predictions)
    by_kind = {
        kind: [float(score(f"{kind}_{metric_name(name)}", totals, names)) for name in names]
        for kind in ("precision", "recall", "f1")
    }
    by_kind["average_precision"] = average_precisions(truth, probabilities_of(predictions)).tolist()
    by_kind["support"] = totals.labelled.tolist()
    for kind, values in by_kind.items():
        metrics |= {f"{kind}_{metric_name(name)}": value for name, value in zip(names, values, strict=True)}
    return metrics


def overall_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Compute the metrics of all labels together.

    Returns:
        The metrics of `FROM_DECISIONS`; hamming_loss, the share of wrong decisions about a text and a label; and
        average_precision, the mean over the labels that an example has, whatever the thresholds are.
    """
    truth, predicted = truth_of(predictions), predicted_of(predictions)
    metrics = {metric: _score(metric, truth, predicted) for metric in FROM_DECISIONS}
    metrics["hamming_loss"] = 1 - metrics["hamming_score"]
    precisions = average_precisions(truth, probabilities_of(predictions))
    known = precisions[np.isfinite(precisions)]
    return metrics | {"average_precision": float(known.mean()) if len(known) else float("nan")}


def score_of_arrays(truth: np.ndarray, probabilities: np.ndarray, metric: str) -> float:
    """Compute one metric of `DECISIVE_METRICS` at the thresholds that are best for these examples.

    A family chooses an epoch or a setting by it, on validation.

    Args:
        truth: bool (n, k), which labels the examples have.
        probabilities: float (n, k).
        metric: one of `DECISIVE_METRICS`.

    Raises:
        ValueError: there is no such metric.
    """
    if metric not in DECISIVE_METRICS:
        raise ValueError(
            f"The metric '{metric}' cannot decide for several labels per text.{nearest(metric, DECISIVE_METRICS)}"
        )
    return _score(metric, truth, probabilities.astype(np.float32) >= choose_thresholds(truth, probabilities))


def label_totals(truth: np.ndarray, predicted: np.ndarray) -> Totals:
    """Count the examples that have each label, are predicted to have it, and both.

    Args:
        truth, predicted: bool (n, k).
    """
    return Totals(*(counted.sum(axis=0).astype(np.float64) for counted in (truth & predicted, predicted, truth)))


def score_from_totals(
    metric: str, totals: Totals, exact: np.ndarray, examples: np.ndarray, labels: Sequence[str]
) -> np.ndarray:
    """Compute one metric from counts, for any number of samples at once.

    Args:
        metric: one of `FROM_DECISIONS`, or precision, recall or f1 of a label, such as f1_joy.
        totals: counts of each label, arrays (..., k).
        exact: float (...), the examples whose labels are all right.
        examples: float (...), the number of examples.
        labels: the k labels.

    Returns:
        float64 (...). A macro average leaves out labels that no example has; the score of such a label is NaN.

    Raises:
        ValueError: the metric cannot be computed from predicted labels.
    """
    if metric == "subset_accuracy":
        return exact / examples
    if metric == "hamming_score":
        wrong = (totals.predicted + totals.labelled - 2 * totals.correct).sum(axis=-1)
        return 1 - wrong / (examples * len(labels))
    if metric == "micro_f1":
        summed = totals.predicted.sum(axis=-1) + totals.labelled.sum(axis=-1)
        return np.divide(2 * totals.correct.sum(axis=-1), summed, out=np.zeros(np.shape(summed)), where=summed > 0)
    known = decision_score_names(labels)
    if metric not in known:
        raise ValueError(f"'{metric}' cannot be computed from predicted labels.{nearest(metric, known)}")
    return score(metric, totals, labels)


def decision_score_names(labels: Sequence[str]) -> list[str]:
    """List every metric that `score_from_totals` computes for these labels."""
    return [*FROM_DECISIONS, *(f"{kind}_{metric_name(label)}" for kind in SCORES_OF_A_CLASS for label in labels)]


def _score(metric: str, truth: np.ndarray, predicted: np.ndarray) -> float:
    exact = np.array((truth == predicted).all(axis=1).sum(), dtype=np.float64)
    names = [str(place) for place in range(truth.shape[1])]
    return float(score_from_totals(metric, label_totals(truth, predicted), exact, np.array(len(truth)), names))


def average_precisions(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Compute the average precision of each label, float64 (k,); NaN for a label that no example has."""
    from sklearn.metrics import average_precision_score

    columns = zip(truth.T, probabilities.T, strict=True)
    return np.array([average_precision_score(has, values) if has.any() else np.nan for has, values in columns])
