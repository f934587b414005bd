"""The fall of scores from validation to test, as a concern."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.wording import metric_text, p_text, points
from textlab.evaluation.classification.predictions import class_indices, label_names_of
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.statistics.falls import Fall, score_fall

MATERIAL = 0.05  # a smaller fall rarely changes a decision
SIGNIFICANT = 0.001  # each report tests one fall, and a false alarm costs trust
SHIFTS = (ConcernKind.SPLIT_SHIFT, ConcernKind.LANGUAGE_SHIFT, ConcernKind.CLASS_SHIFT, ConcernKind.TIME_ORDER)


def mean_fall(validation: Comparison, test: Comparison, frames: Sequence[pd.DataFrame]) -> Fall:
    """Compare the mean score of all runs on validation with that on test.

    A single run that was chosen on validation scores lower on test, because the best of many scores is partly luck. The
    mean over all runs is not chosen, so its fall has another cause.

    Args:
        validation, test: the same runs on each split.
        frames: the predictions of one run on validation and on test, for the smallest error to assume.

    Raises:
        ValueError: a comparison lacks its bootstrap.
    """
    if validation.scored is None or test.scored is None:
        raise ValueError("A comparison has no bootstrap. Make both with statistics.comparison.compare.")
    least = float(np.linalg.norm([_least_error(frame, validation.metric) for frame in frames]))
    return score_fall(validation.scored.mean(), test.scored.mean(), least)


def fall_concern(
    champion: str, validation: Comparison, test: Comparison, mean: Fall, shifts: Sequence[Concern] = ()
) -> Concern | None:
    """Describe the fall of scores; None if sampling explains it.

    The concern is serious if the champion falls by at least five points as well.

    Args:
        champion: the champion's name.
        validation, test: the same runs on each split.
        mean: the fall of the mean over the runs, from `mean_fall`.
        shifts: concerns about the data; the text refers to those of `SHIFTS`.
    """
    before, after = (float(each.intervals.to_dict("index")[champion][test.metric]) for each in (validation, test))
    if mean.difference <= 0 or mean.p >= SIGNIFICANT or before <= after:
        return None
    low, high = (100 * end for end in mean.interval)
    interval = f"95% interval {low:.1f} to {high:.1f}, {p_text(mean.p)}"
    runs = len(test.intervals)
    name = metric_text(test.metric)
    finding = f"From validation to test, the {name} of {champion} falls from {100 * before:.1f} to {100 * after:.1f}"
    if runs == 1:
        finding += f", by {points(before - after)} ({interval})."
    else:
        finding += f". The mean over all {runs} runs falls by {points(mean.difference)} ({interval})."
    finding += f" Sampling explains at most {points(mean.explained)}."
    return Concern(ConcernKind.SCORE_FALL, finding, _advice(shifts), is_serious=before - after >= MATERIAL)


def _advice(shifts: Sequence[Concern]) -> str:
    kinds = [kind for kind in SHIFTS if any(concern.kind is kind for concern in shifts)]
    cause = f"This report names a likely cause: {kinds[0]}. " if kinds else ""
    return f"{cause}Trust neither score for new texts until validation and test texts come from the same source."


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
