"""The length of a training: its ceiling in minutes, and notes on a training that ended too early."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd

from textlab.evaluation.choice.wording import metric_text
from textlab.models.hyperparameters import Hyperparameter
from textlab.models.multilabel import LABELS, has_several_labels

BUDGET = "budget_minutes"  # the name of the hyperparameter that has the type `BudgetMinutes`
BudgetMinutes = Annotated[
    float, Hyperparameter("minutes after which training ends at its next evaluation, with its best weights", above=0)
]
# The last parts of a training: the share of the evaluations, and by how many standard errors the score must rise. A
# learning rate that falls to 0 flattens the end of every curve, so a steep second half counts too.
RISES = (("last third", 1 / 3, 1), ("second half", 1 / 2, 3))


class TimeBudget:
    """A ceiling of training time. A training that ends before it does not depend on the clock.

    Args:
        minutes: the ceiling.
        spent_seconds: the seconds that interrupted processes spent on the same training.
        clock: returns seconds.
    """

    def __init__(
        self, minutes: float, spent_seconds: float = 0.0, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._clock, self._end = clock, clock() + 60 * minutes - spent_seconds

    def is_spent(self) -> bool:
        """Return whether the ceiling has been reached; a family asks at each evaluation."""
        return self._clock() >= self._end


def training_notes(
    history: pd.DataFrame, validation: pd.DataFrame, settings: Mapping[str, Any], ended_by: str
) -> list[str]:
    """Describe how a training ended: whether by the clock, and whether while validation still improved.

    Args:
        history: a row per evaluation, with the primary metric as validation_<metric>.
        validation: the validation frame, with the column `label` or `labels`.
        settings: the resolved hyperparameters, `primary_metric` and the one in `ended_by` among them.
        ended_by: the hyperparameter that ended training, such as "epochs" or "budget_minutes"; "" if validation had
            stopped improving.

    Returns:
        One or two sentences per note; none for a training that ended by itself.
    """
    if not ended_by:
        return []
    notes = []
    if ended_by == BUDGET:
        notes.append(budget_note(settings))
    scores = history[f"validation_{settings['primary_metric']}"].tolist()
    labels = validation[LABELS].explode().dropna() if has_several_labels(validation) else validation["label"]
    noise = score_noise(scores[-1], labels.to_numpy(int))
    for end, share, errors in RISES:
        earlier = max(scores[: len(scores) - max(1, int(share * len(scores)))], default=scores[-1])
        if scores[-1] - earlier > errors * noise:
            notes.append(
                f"This model trained too little: in the {end} of its training, validation "
                f"{metric_text(settings['primary_metric'])} still rose from {100 * earlier:.1f} to "
                f"{100 * scores[-1]:.1f}. Raise {ended_by} ({settings[ended_by]:g})."
            )
            break
    return notes


def budget_note(settings: Mapping[str, Any]) -> str:
    """Describe a training that its ceiling of minutes ended."""
    return (
        f"Training ended at its ceiling of {settings[BUDGET]:g} minutes ({BUDGET}), so the scores depend on the "
        "speed of the machine."
    )


def score_noise(score: float, labels: np.ndarray) -> float:
    """Return the standard error of macro recall if every class has the recall `score`.

    It serves as a rough guide for other metrics.

    Args:
        score: the macro recall.
        labels: int (n,), the labels of the scored texts; of a text with several, all of them.
    """
    counts = np.unique(labels, return_counts=True)[1]
    return math.sqrt(max(score * (1 - score), 0.0) * float((1 / counts).sum())) / len(counts)
