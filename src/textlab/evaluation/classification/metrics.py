"""Every metric of one frame of predictions."""

import logging
import re
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from textlab.evaluation.classification.calibration import brier_score, expected_calibration_error
from textlab.evaluation.classification.predictions import (
    class_against_rest,
    class_indices,
    confidence_of,
    label_names_of,
    probabilities_of,
)
from textlab.wording import shortlist

logger = logging.getLogger(__name__)

# More is better in each of these, so each may decide which hyperparameter, epoch or model is best.
DECISIVE_METRICS = (
    *("macro_recall", "accuracy", "macro_f1", "macro_precision", "matthews", "roc_auc", "average_precision"),
)


def classification_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Compute every metric of one model on one split.

    Returns:
        The metrics of `decision_metrics` and `probability_metrics` by name. MLflow accepts the names.
    """
    return {**decision_metrics(predictions), **probability_metrics(predictions)}


def overall_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Compute the metrics of `classification_metrics` except those of single classes."""
    kinds, names = ("precision", "recall", "f1", "support"), label_names_of(predictions)
    of_classes = {f"{kind}_{metric_name(name)}" for kind in kinds for name in names}
    return {metric: value for metric, value in classification_metrics(predictions).items() if metric not in of_classes}


def score_of(predictions: pd.DataFrame, metric: str) -> float:
    """Compute one metric of `classification_metrics`, without the slower metrics of the probabilities if possible.

    Raises:
        ValueError: there is no such metric.
    """
    available = decision_metrics(predictions)
    if metric not in available:
        available |= probability_metrics(predictions)
    if metric not in available:
        raise ValueError(f"Unknown metric '{metric}'. Choose from {shortlist(list(available), 20)}.")
    return available[metric]


def decision_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Compute the metrics of the predicted classes, from the columns `label` and `predicted`.

    A class that no text has gets a support of 0 and NaN for its other metrics, and is left out of the macro averages.
    A class that is never predicted has a precision of 0.

    Returns:
        accuracy, macro_precision, macro_recall, macro_f1, matthews; and for each class precision_<class>,
        recall_<class>, f1_<class>, support_<class>.
    """
    from sklearn.metrics import accuracy_score, matthews_corrcoef, precision_recall_fscore_support

    labels, predicted = class_indices(predictions, "label"), class_indices(predictions, "predicted")
    names = label_names_of(predictions)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=range(len(names)), zero_division=0
    )
    present = support > 0
    only_one = len(np.union1d(labels, predicted)) == 1  # scikit-learn would warn and return 0
    metrics = {
        "accuracy": float(accuracy_score(labels, predicted)),
        "macro_precision": float(precision[present].mean()),
        "macro_recall": float(recall[present].mean()),
        "macro_f1": float(f1[present].mean()),
        "matthews": 0.0 if only_one else float(matthews_corrcoef(labels, predicted)),
    }
    for kind, values in (("precision", precision), ("recall", recall), ("f1", f1)):
        for name, value, known in zip(names, values, present, strict=True):
            metrics[f"{kind}_{metric_name(name)}"] = float(value) if known else float("nan")
    return metrics | {f"support_{metric_name(name)}": float(n) for name, n in zip(names, support, strict=True)}


def probability_metrics(predictions: pd.DataFrame) -> dict[str, float]:
    """Compute the metrics of the predicted probabilities.

    With two classes, roc_auc and average_precision refer to the last class. With more, they are means over the classes,
    each against the rest. A class that no row or every row has cannot be ranked. It is left out of the mean with a
    warning; the mean is NaN if no class is left.

    Returns:
        roc_auc, average_precision, brier (see `calibration.brier_score`), ece (the expected calibration error
        of the predicted class over 15 bins, see `calibration.expected_calibration_error`).
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    labels, predicted = class_indices(predictions, "label"), class_indices(predictions, "predicted")
    return {
        "roc_auc": _mean_over_classes(predictions, roc_auc_score),
        "average_precision": _mean_over_classes(predictions, average_precision_score),
        "brier": brier_score(probabilities_of(predictions), labels),
        "ece": expected_calibration_error(confidence_of(predictions), labels == predicted),
    }


def _mean_over_classes(predictions: pd.DataFrame, metric: Callable[[np.ndarray, np.ndarray], float]) -> float:
    names, ranked = label_names_of(predictions), class_against_rest(predictions)
    missing = [name for name in (names if len(names) > 2 else names[-1:]) if name not in ranked]
    if missing:
        logger.warning(
            "%s leaves out %s: none of the %d rows, or all of them, have the class.",
            metric.__name__,
            shortlist(missing),
            len(predictions),
        )
    if not ranked:
        return float("nan")
    return float(np.mean([metric(is_class, probability) for is_class, probability in ranked.values()]))


def metric_name(label_name: str) -> str:
    """Spell a class name as MLflow accepts it in a metric's name; other characters become their code point."""
    return re.sub(r"[^\w.\- ]", lambda character: f"U{ord(character[0]):X}", label_name)


def score_table(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tabulate the main metrics: one row per model (or split), named by the mapping."""
    names = ["accuracy", "macro_recall", "macro_f1", "roc_auc", "average_precision", "brier", "ece", "matthews"]
    rows = {name: classification_metrics(frame) for name, frame in predictions.items()}
    return pd.DataFrame({row: {name: scores[name] for name in names} for row, scores in rows.items()}).T
