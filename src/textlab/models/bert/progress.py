"""The progress of a training: the steps and results so far."""

from dataclasses import dataclass, field


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
