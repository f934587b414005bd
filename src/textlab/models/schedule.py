"""The schedule of a training: the learning rate of each step, the steps of the evaluations, and the last step."""

import math
from dataclasses import dataclass

MOST_EVALUATIONS = 12  # more would take over a tenth of the training time where validation is a third of the data
COOLDOWN = 0.2  # share of the steps so far in which the learning rate falls to 0 before an early end


@dataclass(frozen=True)
class Schedule:
    """A learning rate that rises and then falls to 0 linearly.

    A training that ends early cools down first: the rate falls to 0 within a fifth of the steps taken, because weights
    that were reached at a high rate score lower. Hägele et al. 2024, "Scaling laws and compute-optimal training beyond
    fixed training durations", find that a fall over a fifth of the steps suffices.

    Attributes:
        steps_per_epoch: the batches that hold every text once.
        epochs: the passes over the texts.
        warmup: the share of all steps in which the rate rises.
        cooled_from: the steps taken when an early end was decided; None without one.
    """

    steps_per_epoch: int
    epochs: int
    warmup: float
    cooled_from: int | None = None

    @property
    def planned(self) -> int:
        """The number of steps without an early end."""
        return self.steps_per_epoch * self.epochs

    @property
    def end(self) -> int:
        """The number of steps after which training ends."""
        if self.cooled_from is None:
            return self.planned
        return min(self.planned, math.ceil(self.cooled_from * (1 + COOLDOWN)))

    def rate(self, step: int) -> float:
        """Return the share of the peak learning rate at `step`, counted from 0."""
        if self.cooled_from is None or step < self.cooled_from:
            return self._planned_rate(step)
        return self._planned_rate(self.cooled_from) * (self.end - step) / (self.end - self.cooled_from)

    def next_evaluation(self, step: int) -> int:
        """Return the next step, after `step` steps, at which the model is evaluated.

        Evaluations are half epochs apart, or whole multiples of that if there would be too many; the last step always
        has one.
        """
        halves = math.ceil(2 * self.epochs / MOST_EVALUATIONS)
        count = 1 + step * 2 // (halves * self.steps_per_epoch)
        steps = (math.ceil(halves * number * self.steps_per_epoch / 2) for number in (count, count + 1))
        return min(self.end, next(found for found in steps if found > step))

    def _planned_rate(self, step: int) -> float:
        rising = round(self.warmup * self.planned)
        return (step + 1) / (rising + 1) if step < rising else (self.planned - step) / (self.planned - rising)
