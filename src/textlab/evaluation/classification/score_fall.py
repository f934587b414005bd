"""The fall of the scores of classifiers from validation to test."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.evaluation.choice import score_fall as of_any_task
from textlab.evaluation.classification.predictions import class_indices, label_names_of
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.falls import Fall


def mean_fall(validation: Comparison, test: Comparison, frames: Sequence[pd.DataFrame]) -> Fall:
    """Compare the mean score of all runs on validation with that on test, see `choice.score_fall.mean_fall`.

    Args:
        validation, test: the same runs on each split.
        frames: the predictions of one run on validation and on test, for the smallest error to assume.

    Raises:
        ValueError: a comparison lacks its bootstrap.
    """
    least = float(np.linalg.norm([_least_error(frame, validation.metric) for frame in frames]))
    return of_any_task.mean_fall(validation, test, least)


def _least_error(predictions: pd.DataFrame, metric: str) -> float:
    """Estimate the standard error of a score that a perfect class cannot push to zero.

    The share of right answers with two right and two wrong ones added: Agresti and Coull (1998), "Approximate is better
    than exact for interval estimation of binomial proportions". Macro averages weigh each class alike.
    """
    labels = class_indices(predictions, "label")
    right = labels == class_indices(predictions, "predicted")
    if not metric.startswith("macro"):
        return float(np.sqrt(_variance(right.sum(), len(right))))
    classes = range(len(label_names_of(predictions)))
    variances = [_variance(right[labels == label].sum(), (labels == label).sum()) for label in classes]
    present = [variance for variance, label in zip(variances, classes, strict=True) if (labels == label).any()]
    return float(np.sqrt(sum(present)) / len(present))


def _variance(right: int, texts: int) -> float:
    share = (right + 2) / (texts + 4)
    return float(share * (1 - share) / (texts + 4))
