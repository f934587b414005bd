"""The progress of a training: the steps and results so far, and the evaluation schedule."""

import math
from dataclasses import dataclass, field

EVALUATIONS_PER_EPOCH = 2


@dataclass
class Progress:
    """The progress of one training, fit for JSON.

    Attributes:
        micro_batch: the number of texts whose gradients are computed at once; less than a batch after memory ran out.
        step: the number of steps taken.
        losses: the loss of each step.
        history: a row for each evaluation.
        seconds: the seconds of training without evaluations.
        whole_seconds: the seconds with evaluations, over all processes that took part in the training.
    """

    micro_batch: int
    step: int = 0
    losses: list[float] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    whole_seconds: float = 0.0


def evaluation_steps(steps_per_epoch: int, epochs: int) -> list[int]:
    """Return the steps after which the model is evaluated: twice per epoch, the second time at its end."""
    parts = range(1, EVALUATIONS_PER_EPOCH + 1)
    within = [math.ceil(steps_per_epoch * part / EVALUATIONS_PER_EPOCH) for part in parts]
    return sorted({epoch * steps_per_epoch + step for epoch in range(epochs) for step in within})
