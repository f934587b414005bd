"""What every classifier does alike while it is fitted: weigh classes, score validation, and stop early."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
import pandas as pd

from textlab.data.multilabel_dataset import indicator
from textlab.evaluation.classification.metrics import DECISIVE_METRICS
from textlab.evaluation.multilabel.task import TASK as SEVERAL_LABELS
from textlab.models.hyperparameters import Hyperparameter
from textlab.models.multilabel import LABELS, has_several_labels

ClassWeight = Annotated[
    str,
    Hyperparameter("weights of the classes; balanced gives rare classes more weight", choices=("balanced", "none")),
]
PrimaryMetric = Annotated[
    str,
    Hyperparameter(
        "validation metric that selects the best epoch or setting",
        choices=tuple(dict.fromkeys((*DECISIVE_METRICS, *SEVERAL_LABELS.metrics))),
    ),
]


def sample_weights(labels: np.ndarray, class_weight: str) -> np.ndarray:
    """Return the weight of each example in the loss: float32 (n,), one on average.

    Args:
        labels: int (n,).
        class_weight: "balanced" weighs each class by the inverse of its share, so that all classes count alike;
            any other word weighs every example the same.
    """
    from sklearn.utils.class_weight import compute_sample_weight

    return compute_sample_weight("balanced" if class_weight == "balanced" else None, labels).astype(np.float32)


def validation_score(validation: pd.DataFrame, probabilities: np.ndarray, metric: str) -> float:
    """Return `metric` on validation, by which a family chooses an epoch or a setting.

    Args:
        validation: n rows with `id`, and `label` or `labels`.
        probabilities: float (n, k).
        metric: one of the metrics that may decide in the task.

    Raises:
        ValueError: the metric is NaN for these examples.
    """
    several = has_several_labels(validation)
    score = (_score_of_labels if several else _score_of_classes)(validation, probabilities, metric)
    if not math.isfinite(score):
        if several:
            raise ValueError(
                f"{metric} on validation is {score}, probably because no validation example has a label. Give "
                "validation examples of every label, or choose another primary_metric."
            )
        raise ValueError(
            f"{metric} on validation is {score}, probably because all validation examples have the same class. Give "
            "validation examples of every class, or choose another primary_metric."
        )
    return score


def _score_of_classes(validation: pd.DataFrame, probabilities: np.ndarray, metric: str) -> float:
    from textlab.evaluation.classification.metrics import score_of
    from textlab.evaluation.classification.predictions import predictions_frame

    names = [str(label) for label in range(probabilities.shape[1])]
    return score_of(predictions_frame(validation, probabilities, names, inputs=()), metric)


def _score_of_labels(validation: pd.DataFrame, probabilities: np.ndarray, metric: str) -> float:
    from textlab.evaluation.multilabel.metrics import score_of_arrays

    return score_of_arrays(indicator(validation[LABELS], probabilities.shape[1]), probabilities, metric)


def validation_measures(validation: pd.DataFrame, probabilities: np.ndarray, metric: str) -> dict[str, float]:
    """Return the cross-entropy and `metric` on validation, under the names that a history gives them.

    The arguments and the error are those of `validation_score`.
    """
    loss = _cross_entropy(validation, probabilities)
    return {"validation_loss": loss, f"validation_{metric}": validation_score(validation, probabilities, metric)}


def _cross_entropy(validation: pd.DataFrame, probabilities: np.ndarray) -> float:
    """Return the mean cross-entropy; for several labels, the mean over examples and labels."""
    from sklearn.metrics import log_loss

    classes = probabilities.shape[1]
    if not has_several_labels(validation):
        return float(log_loss(validation["label"], probabilities, labels=range(classes)))
    likely = np.where(indicator(validation[LABELS], classes), probabilities, 1 - probabilities)
    return float(-np.log(np.maximum(likely, np.finfo(np.float32).eps)).mean())


def has_stalled(history: Sequence[Mapping[str, float]], metric: str, patience: int) -> bool:
    """Return whether neither the score nor the loss on validation has improved for `patience` evaluations.

    With many classes, the score may stay at its lowest for a while at first; the loss falls already then.

    Args:
        history: a row per evaluation with `metric` and validation_loss.
        metric: the name of the score, such as validation_macro_recall.
        patience: the number of evaluations.
    """
    scores, losses = [row[metric] for row in history], [-row["validation_loss"] for row in history]
    return min(evaluations_since_best(scores), evaluations_since_best(losses)) >= patience


def evaluations_since_best(scores: Sequence[float]) -> int:
    """Return how many evaluations came after the best one, the first of equals; 0 if the last one is the best."""
    return len(scores) - 1 - int(np.argmax(scores)) if scores else 0
