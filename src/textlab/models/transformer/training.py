"""The training loop of BERT, which learns classes and masked words alike."""

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.schedule import COOLDOWN, Schedule
from textlab.models.training_length import BUDGET, TimeBudget
from textlab.models.transformer.batches import B, TrainingBatch, TrainingExamples
from textlab.models.transformer.device import deterministic
from textlab.models.transformer.gradients import Gradients
from textlab.models.transformer.progress import Progress
from textlab.models.transformer.recipe import Recipe, parameter_groups
from textlab.models.transformer.resume import SavedProgress, claimed
from textlab.models.transformer.weights import (
    Weights,
    add_to_average,
    as_tensors,
    by_kind,
    copy_weights,
    replaced_weights,
    set_optimizer,
    set_weights,
)
from textlab.models.validation import has_stalled

logger = logging.getLogger(__name__)

GRADIENT_NORM = 1.0
STEPS_PER_AVERAGE = 10  # weights change little within ten steps, and averaging at each would take a tenth longer
STEPS_BETWEEN_READINGS = 20  # on a GPU, which has to wait whenever a loss is read


class Training:
    """Trains a BERT with AdamW (Loshchilov and Hutter 2019), warm-up, linear decay and clipped gradients.

    `Schedule` says how the learning rate falls and when training ends.

    Random choices depend only on the seed and the number of the step, and batches only on the seed and the number of
    the epoch. A training that resumes from a saved state therefore gives the same results as an uninterrupted one.

    Args:
        model: a model of transformers on `device`, whose parameters are trained.
        examples: the training examples, such as the `DeviceTokens` of texts.
        loss: returns the mean loss of a batch, a scalar tensor with gradients.
        recipe: the numbers of the training.
        seed: the random seed.
        device: a torch device.
        evaluate: returns the measures validation_<measure> of the model in its present state; `Schedule` says when.
        metric: the measure that decides which weights are kept; "" keeps the last ones. `evaluate` must also return
            validation_loss if there is a metric.
        budget_minutes: the ceiling of training time. The learning rate falls to 0 in its last sixth, which begins and
            ends at an evaluation.
        saved: where the state is saved at each evaluation, and from where training resumes; None for nowhere.
        title: the title of the progress bar.

    Attributes:
        progress: the steps and results so far.
        seconds_before: the seconds that interrupted processes spent, evaluations included.
    """

    def __init__(
        self,
        model: Any,
        examples: TrainingExamples[B],
        loss: Callable[[B], Any],
        recipe: Recipe,
        *,
        seed: int,
        device: Any,
        evaluate: Callable[[], Mapping[str, float]] = dict,
        metric: str = "",
        budget_minutes: float = math.inf,
        saved: SavedProgress | None = None,
        title: str = "BERT",
    ) -> None:
        import torch

        self._model, self._examples, self._recipe = model, examples, recipe
        self._seed, self._device, self._evaluate, self._metric = seed, device, evaluate, metric
        self._budget_minutes, self._saved, self._title = budget_minutes, saved, title
        self._parameters = dict(model.named_parameters())
        self._optimizer = torch.optim.AdamW(parameter_groups(model, recipe), lr=recipe.learning_rate, fused=True)
        self._gradients = Gradients(loss, self._optimizer, seed=seed, device=device)
        self._steps_per_epoch = math.ceil(len(examples) / recipe.batch_size)
        self._average = copy_weights(self._parameters) if recipe.averaging else None
        self._best: Weights | None = None
        self._unread: list[Any] = []  # losses that are still on the device
        self.progress = Progress(micro_batch=recipe.batch_size)
        self.seconds_before = 0.0

    @property
    def history(self) -> pd.DataFrame:
        """One row per evaluation: epoch, train_loss (mean since the previous one) and the measures of `evaluate`."""
        return pd.DataFrame(self.progress.history)

    @property
    def step_history(self) -> pd.DataFrame:
        """One row per step: step (from 1), epoch, train_loss and learning_rate (of the last layer)."""
        taken = len(self.progress.losses)
        schedule = self._schedule
        rates = self._recipe.learning_rate * np.array([schedule.rate(step) for step in range(taken)])
        steps = np.arange(1, taken + 1)
        columns = {"step": steps, "epoch": steps / self._steps_per_epoch}
        return pd.DataFrame(columns | {"train_loss": self.progress.losses, "learning_rate": rates})

    @property
    def ended_by(self) -> str:
        """The hyperparameter that ended the finished training: "epochs", "budget_minutes" or, if it stalled, ""."""
        if self.progress.is_out_of_time:
            return BUDGET
        return "epochs" if self.progress.cooled_from is None else ""

    def run(self) -> None:
        """Train until the last step or until the score stops improving, and leave the model with the best weights.

        Raises:
            FloatingPointError: the loss is NaN or infinite.
            MemoryError: the GPU's memory does not hold a single text.
        """
        with claimed(self._saved) as saved:
            self._resume(saved)
            budget = TimeBudget(self._budget_minutes / (1 + COOLDOWN), self.seconds_before)
            with deterministic(), self._progress_bar() as bar:
                while not self._is_finished():
                    started = time.perf_counter()
                    self._train_until_evaluation(bar)
                    self._record_evaluation(bar)
                    self._cool_down(budget)
                    bar.total = self._texts_in(self._schedule.end)
                    self.progress.whole_seconds += time.perf_counter() - started
                    if saved is not None and not self._is_finished():
                        self._write(saved)
            kept = self._best if self._metric else self._average
            if kept is not None:
                set_weights(self._parameters, kept)
            if saved is not None:
                saved.remove()

    @property
    def _schedule(self) -> Schedule:
        return Schedule(
            self._steps_per_epoch, self._recipe.epochs, self._recipe.warmup, cooled_from=self.progress.cooled_from
        )

    def _is_finished(self) -> bool:
        return self.progress.step >= self._schedule.end

    def _cool_down(self, budget: TimeBudget) -> None:
        """Let the learning rate begin its last fall if validation has stalled or time runs out."""
        if self._is_finished() or self.progress.cooled_from is not None:
            return
        if self._metric and has_stalled(self.progress.history, self._metric, self._recipe.patience):
            self.progress.cooled_from = self.progress.step
        elif budget.is_spent():
            self.progress.cooled_from, self.progress.is_out_of_time = self.progress.step, True

    def _train_until_evaluation(self, bar: Any) -> None:
        started = time.perf_counter()
        self._model.train()
        end = self._schedule.next_evaluation(self.progress.step)
        for batch in self._batches_until(end):
            self._take_step(batch)
            bar.update(len(batch))
            if len(self._unread) >= self._steps_unread or self.progress.step == end:
                self._read_losses()
                bar.set_postfix(self.progress.shown(self._metric), refresh=False)
        self.progress.seconds += time.perf_counter() - started

    @property
    def _steps_unread(self) -> int:
        """The number of steps after which losses are read."""
        return 1 if self._device.type == "cpu" else STEPS_BETWEEN_READINGS

    def _batches_until(self, end: int) -> Iterator[TrainingBatch]:
        """Yield the batches from the current step to `end`."""
        begin, size = self.progress.step, self._steps_per_epoch
        for epoch in range(begin // size, math.ceil(end / size)):
            random = np.random.default_rng([self._seed, epoch])
            batches = self._examples.shuffled(self._recipe.batch_size, random)
            yield from batches[max(0, begin - epoch * size) : end - epoch * size]

    def _take_step(self, batch: TrainingBatch) -> None:
        import torch

        factor = self._schedule.rate(self.progress.step)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self._unread.append(self._gradients.compute(batch, self.progress))
        torch.nn.utils.clip_grad_norm_(list(self._parameters.values()), GRADIENT_NORM)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        if self._average is not None and self.progress.step % STEPS_PER_AVERAGE == 0:
            self._add_to_average(self._average)

    def _read_losses(self) -> None:
        import torch

        losses = torch.stack(self._unread).tolist() if self._unread else []
        self._unread.clear()
        for loss in losses:
            self.progress.losses.append(loss)
            if not math.isfinite(loss):
                raise FloatingPointError(
                    f"The loss is {loss} at step {len(self.progress.losses)} of {self._schedule.planned}: training has "
                    f"diverged. Give a smaller learning_rate (it is {self._recipe.learning_rate:g}) or a longer warmup "
                    f"(it is {self._recipe.warmup:g})."
                )

    def _record_evaluation(self, bar: Any) -> None:
        """Add a row to the history, and keep the weights if they are the best so far."""
        history = self.progress.history
        self._model.eval()
        since = round(history[-1]["epoch"] * self._steps_per_epoch) if history else 0
        row = {"epoch": self.progress.step / self._steps_per_epoch}
        with replaced_weights(self._parameters, self._average):
            row |= {"train_loss": float(np.mean(self.progress.losses[since:])), **self._evaluate()}
            history.append(row)
            if self._metric and self.progress.evaluations_since_best(self._metric) == 0:
                self._best = copy_weights(self._parameters)
        bar.set_postfix(self.progress.shown(self._metric), refresh=True)

    def _progress_bar(self) -> Any:
        from tqdm.auto import tqdm

        done, total = self._texts_in(self.progress.step), self._texts_in(self._schedule.end)
        title = f"{self._title}, from step {self.progress.step}" if done else self._title
        return tqdm(total=total, initial=done, desc=title, unit=" texts")

    def _texts_in(self, steps: int) -> int:
        return round(len(self._examples) * steps / self._steps_per_epoch)

    def _add_to_average(self, average: Weights) -> None:
        """Add the weights to the average over about `averaging` of all steps; in the beginning, over all steps yet."""
        updates = self.progress.step / STEPS_PER_AVERAGE
        wanted = STEPS_PER_AVERAGE / (self._recipe.averaging * self._schedule.end)
        add_to_average(average, self._parameters, min(1.0, max(wanted, 1 / updates)))

    def _write(self, saved: SavedProgress) -> None:
        weights = {"model": copy_weights(self._parameters), "average": self._average, "best": self._best}
        saved.write(self.progress.step, as_tensors(weights, self._optimizer), vars(self.progress))

    def _resume(self, saved: SavedProgress | None) -> None:
        """Continue from the saved state, if there is one."""
        found = saved.read() if saved is not None else None
        if found is None:
            return
        tensors, document = found
        kinds = by_kind(tensors, self._device)
        set_weights(self._parameters, kinds["model"])
        self._average, self._best = kinds.get("average"), kinds.get("best")
        set_optimizer(self._optimizer, kinds["optimizer"])
        self.progress = Progress(**document)
        self.seconds_before = self.progress.whole_seconds
        logger.info("Training resumes from step %d of %d.", self.progress.step, self._schedule.end)
