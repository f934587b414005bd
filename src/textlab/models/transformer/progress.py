"""The progress of a training: the steps and results so far."""

from dataclasses import dataclass, field

import numpy as np

from textlab.models.validation import evaluations_since_best


@dataclass
class Progress:
    """The progress of one training, fit for JSON.

    Attributes:
        micro_batch: the number of texts whose gradients are computed at once; less than a batch after memory ran out.
        step: the number of steps taken.
        losses: the loss of each step.
        history: a row for each evaluation.
        cooled_from: the steps taken when an early end was decided; None without one.
        is_out_of_time: whether the time budget, not validation, decided it.
        seconds: the seconds of training without evaluations.
        whole_seconds: the seconds with evaluations, over all processes that took part in the training.
    """

    micro_batch: int
    step: int = 0
    losses: list[float] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    cooled_from: int | None = None
    is_out_of_time: bool = False
    seconds: float = 0.0
    whole_seconds: float = 0.0

    def evaluations_since_best(self, metric: str) -> int:
        """Return how many evaluations came after the one with the best score by `metric`."""
        return evaluations_since_best([row[metric] for row in self.history])

    def shown(self, metric: str) -> dict[str, str]:
        """Return what the progress bar shows: the loss of the last 50 steps, and the last score if there is one."""
        shown = {"loss": f"{np.mean(self.losses[-50:]):.3f}"}
        if metric and self.history:
            shown[metric.removeprefix("validation_")] = f"{self.history[-1][metric]:.4f}"
        return shown
