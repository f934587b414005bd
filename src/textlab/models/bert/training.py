"""The training loop of BERT, for classes and for masked words alike."""

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.bert.batches import Batch, DeviceTokens
from textlab.models.bert.device import computes_bfloat16, deterministic
from textlab.models.bert.recipe import Recipe, learning_rate_factor, parameter_groups
from textlab.models.bert.resume import SavedProgress
from textlab.models.length_buckets import shuffled_buckets

logger = logging.getLogger(__name__)

GRADIENT_NORM = 1.0
EVALUATIONS_AN_EPOCH = 2
STEPS_AN_AVERAGE = 10  # weights change little within ten steps, and averaging them at each would take a tenth of it


@dataclass
class Progress:
    """Where a training is; all of it can be written as JSON.

    Attributes:
        step: steps taken.
        micro_batch: texts whose gradients are computed at once; fewer than a batch where memory ran out.
        losses: of each step.
        history: a row an evaluation.
        best: the row of the best evaluation; -1 before there is one.
        seconds: of training alone, evaluations left out.
        whole_seconds: with evaluations, and over all processes that had a part in it.
    """

    micro_batch: int
    step: int = 0
    losses: list[float] = field(default_factory=list)
    history: list[dict[str, float]] = field(default_factory=list)
    best: int = -1
    seconds: float = 0.0
    whole_seconds: float = 0.0


class Training:
    """One training of a BERT by AdamW (Loshchilov and Hutter 2019) with warm-up, linear decay and clipped gradients.

    Every random choice follows from the seed and the number of the step alone, and batches from the seed and the
    number of the epoch. So one that goes on from a saved state computes what it would have computed without a stop.

    Args:
        model: a model of transformers on `device`; what is trained are its parameters.
        tokens: the training texts.
        loss: the mean loss of a batch, a scalar tensor with gradients.
        recipe: how.
        seed: of every random choice.
        device: of torch.
        evaluate: the measures of the model as it is, validation_<measure>; called twice an epoch. Empty for none.
        metric: the measure of `evaluate` by which the best weights are kept; "" keeps the last ones.
        saved: where the state is kept at each evaluation, and taken up from; None for nowhere.
        title: of the progress bar.

    Attributes:
        progress: where it is.
        seconds_before: what interrupted processes before this one had a part in, evaluations included.
    """

    def __init__(
        self,
        model: Any,
        tokens: DeviceTokens,
        loss: Callable[[Batch], Any],
        recipe: Recipe,
        *,
        seed: int,
        device: Any,
        evaluate: Callable[[], Mapping[str, float]] = dict,
        metric: str = "",
        saved: SavedProgress | None = None,
        title: str = "BERT",
    ) -> None:
        import torch

        self._model, self._tokens, self._loss, self._recipe = model, tokens, loss, recipe
        self._seed, self._device, self._evaluate, self._metric = seed, device, evaluate, metric
        self._saved, self._title = saved, title
        self._bfloat16 = computes_bfloat16(device)
        self._parameters = dict(model.named_parameters())
        self._optimizer = torch.optim.AdamW(parameter_groups(model, recipe), lr=recipe.learning_rate, fused=True)
        self._steps_an_epoch = math.ceil(len(tokens.lengths) / recipe.batch_size)
        self._steps = self._steps_an_epoch * recipe.epochs
        self._evaluation_steps = _evaluation_steps(self._steps_an_epoch, recipe.epochs)
        self._average = self._copy_of_weights() if recipe.averaging else None
        self._best: dict[str, Any] | None = None
        self._unread: list[Any] = []  # losses that are still on the device
        self.progress = Progress(micro_batch=recipe.batch_size)
        self.seconds_before = 0.0

    @property
    def history(self) -> pd.DataFrame:
        """A row an evaluation: epoch, train_loss (mean since the one before), and what `evaluate` gave."""
        return pd.DataFrame(self.progress.history)

    @property
    def step_history(self) -> pd.DataFrame:
        """A row a step: step (from 1), epoch, train_loss, learning_rate (of the last layer)."""
        taken = len(self.progress.losses)
        factors = [learning_rate_factor(step, self._steps, self._recipe.warmup) for step in range(taken)]
        rates = self._recipe.learning_rate * np.array(factors)
        steps = np.arange(1, taken + 1)
        columns = {"step": steps, "epoch": steps / self._steps_an_epoch}
        return pd.DataFrame(columns | {"train_loss": self.progress.losses, "learning_rate": rates})

    def run(self) -> None:
        """Train to the end, or until the score no longer rises; the model holds the best weights then.

        Raises:
            FloatingPointError: the loss is NaN or infinite.
            MemoryError: not even one text fits into the GPU's memory.
        """
        with self._claimed_state() as saved:
            self._take_up(saved)
            with deterministic(), self._progress_bar() as bar:
                while not self._is_finished():
                    started = time.perf_counter()
                    self._train_until_evaluation(bar)
                    self._record_evaluation(bar)
                    self.progress.whole_seconds += time.perf_counter() - started
                    if saved is not None and not self._is_finished():
                        self._write(saved)
            kept = self._best if self._metric else self._average
            if kept is not None:
                self._set_weights(kept)
            if saved is not None:
                saved.remove()

    @contextmanager
    def _claimed_state(self) -> Iterator[SavedProgress | None]:
        """Where this training keeps its state; None where it does not."""
        if self._saved is None:
            yield None
            return
        with self._saved.claimed() as is_ours:
            if not is_ours:
                logger.warning("Another process trains the same and keeps its state; this one keeps none.")
            yield self._saved if is_ours else None

    def _is_finished(self) -> bool:
        progress = self.progress
        waited = len(progress.history) - 1 - progress.best if self._metric else 0
        return progress.step >= self._steps or waited >= self._recipe.patience

    def _train_until_evaluation(self, bar: Any) -> None:
        started = time.perf_counter()
        self._model.train()
        end = next(step for step in self._evaluation_steps if step > self.progress.step)
        for batch in self._batches_until(end):
            self._take_step(batch)
            bar.update(len(batch))
            if len(self._unread) >= self._steps_unread or self.progress.step == end:
                self._read_losses()
                bar.set_postfix(self._shown(), refresh=False)
        self.progress.seconds += time.perf_counter() - started

    @property
    def _steps_unread(self) -> int:
        """How often a loss is looked at: a GPU would have to stand still for each."""
        return 1 if self._device.type == "cpu" else 20

    def _batches_until(self, end: int) -> list[Batch]:
        """Those of the current epoch from the current step on; an epoch ends with an evaluation."""
        epoch, position = divmod(self.progress.step, self._steps_an_epoch)
        random = np.random.default_rng([self._seed, epoch])
        rows = shuffled_buckets(self._tokens.lengths, self._recipe.batch_size, random)
        return self._tokens.batches(rows[position : position + end - self.progress.step])

    def _take_step(self, batch: Batch) -> None:
        import torch

        factor = learning_rate_factor(self.progress.step, self._steps, self._recipe.warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        self._unread.append(self._gradients(batch))
        torch.nn.utils.clip_grad_norm_(list(self._parameters.values()), GRADIENT_NORM)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        if self._average is not None and self.progress.step % STEPS_AN_AVERAGE == 0:
            self._add_to_average(self._average)

    def _gradients(self, batch: Batch) -> Any:
        """Compute the gradients of the batch, in smaller parts where memory runs out; its loss, on the device."""
        import torch

        while True:
            torch.manual_seed(_step_seed(self._seed, self.progress.step))
            try:
                return self._gradients_in_parts(batch)
            except torch.cuda.OutOfMemoryError as error:
                reason = str(error).partition("\n")[0]
            # Behind the handler, as what failed keeps its memory until then.
            self._optimizer.zero_grad(set_to_none=True)
            self._halve_micro_batch(len(batch), reason)
            torch.cuda.empty_cache()

    def _gradients_in_parts(self, batch: Batch) -> Any:
        import torch

        total = torch.zeros((), device=self._device)
        for part in batch.split(self.progress.micro_batch):
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16):
                loss = self._loss(part) * (len(part) / len(batch))
            loss.backward()
            total += loss.detach()
        return total

    def _halve_micro_batch(self, batch_size: int, reason: str) -> None:
        tried = min(self.progress.micro_batch, batch_size)
        if tried == 1:
            raise MemoryError(
                f"The GPU's memory does not hold the training of a single text ({reason}). Give a smaller "
                "maximum_length or checkpoint, or device='cpu'."
            )
        self.progress.micro_batch = math.ceil(tried / 2)
        logger.warning(
            "The GPU's memory does not hold %d texts at once (%s). From here on gradients are computed for %d at a "
            "time and added up; batches remain those of %d texts.",
            tried,
            reason,
            self.progress.micro_batch,
            self._recipe.batch_size,
        )

    def _read_losses(self) -> None:
        import torch

        losses = torch.stack(self._unread).tolist() if self._unread else []
        self._unread.clear()
        for loss in losses:
            self.progress.losses.append(loss)
            if not math.isfinite(loss):
                raise FloatingPointError(
                    f"The loss is {loss} at step {len(self.progress.losses)} of {self._steps}: training has diverged. "
                    f"Give a smaller learning_rate (it is {self._recipe.learning_rate:g}) or a longer warmup "
                    f"(it is {self._recipe.warmup:g})."
                )

    def _record_evaluation(self, bar: Any) -> None:
        """Add a row to the history, and keep the weights where they are the best so far."""
        history = self.progress.history
        self._model.eval()
        since = round(history[-1]["epoch"] * self._steps_an_epoch) if history else 0
        row = {"epoch": self.progress.step / self._steps_an_epoch}
        with self._averaged_weights():
            row |= {"train_loss": float(np.mean(self.progress.losses[since:])), **self._evaluate()}
            if self._metric and (not history or row[self._metric] > history[self.progress.best][self._metric]):
                self.progress.best = len(history)
                self._best = self._copy_of_weights()
        history.append(row)
        bar.set_postfix(self._shown(), refresh=True)

    def _shown(self) -> dict[str, str]:
        shown = {"loss": f"{np.mean(self.progress.losses[-50:]):.3f}"}
        if self._metric and self.progress.history:
            shown[self._metric.removeprefix("validation_")] = f"{self.progress.history[-1][self._metric]:.4f}"
        return shown

    def _progress_bar(self) -> Any:
        from tqdm.auto import tqdm

        done = self.progress.step / self._steps_an_epoch * len(self._tokens.lengths)
        total = len(self._tokens.lengths) * self._recipe.epochs
        title = f"{self._title}, from step {self.progress.step}" if done else self._title
        return tqdm(total=total, initial=round(done), desc=title, unit=" tweets")

    def _copy_of_weights(self) -> dict[str, Any]:
        return {name: parameter.detach().clone() for name, parameter in self._parameters.items()}

    def _set_weights(self, weights: Mapping[str, Any]) -> None:
        for name, parameter in self._parameters.items():
            parameter.data.copy_(weights[name])

    def _add_to_average(self, average: dict[str, Any]) -> None:
        """An exponential average over about `averaging` of all steps, of what there is so far in the beginning."""
        import torch

        updates = self.progress.step / STEPS_AN_AVERAGE
        wanted = STEPS_AN_AVERAGE / (self._recipe.averaging * self._steps)
        share = min(1.0, max(wanted, 1 / updates))
        averages = [average[name] for name in self._parameters]
        torch._foreach_lerp_(averages, [parameter.detach() for parameter in self._parameters.values()], share)

    @contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        """The averaged weights in the model's place, where weights are averaged."""
        if self._average is None:
            yield
            return
        trained = self._copy_of_weights()
        self._set_weights(self._average)
        try:
            yield
        finally:
            self._set_weights(trained)

    def _write(self, saved: SavedProgress) -> None:
        kept = {"model": self._copy_of_weights(), "average": self._average, "best": self._best}
        tensors = {f"{kind}/{name}": tensor for kind, of in kept.items() for name, tensor in (of or {}).items()}
        for number, state in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{number}/{name}": tensor for name, tensor in state.items()}
        saved.write(self.progress.step, tensors, vars(self.progress))

    def _take_up(self, saved: SavedProgress | None) -> None:
        """Go on from the saved state, where there is one."""
        found = saved.read() if saved is not None else None
        if found is None:
            return
        tensors, document = found
        kinds: dict[str, dict[str, Any]] = {}
        for name, tensor in tensors.items():
            kind, _, rest = name.partition("/")
            kinds.setdefault(kind, {})[rest] = tensor.to(self._device)
        self._set_weights(kinds["model"])
        self._average, self._best = kinds.get("average"), kinds.get("best")
        self._set_optimizer(kinds["optimizer"])
        self.progress = Progress(**document)
        self.seconds_before = self.progress.whole_seconds
        logger.info("Training goes on from step %d of %d.", self.progress.step, self._steps)

    def _set_optimizer(self, tensors: Mapping[str, Any]) -> None:
        state: dict[int, dict[str, Any]] = {}
        for name, tensor in tensors.items():
            number, _, kind = name.partition("/")
            state.setdefault(int(number), {})[kind] = tensor
        self._optimizer.load_state_dict(self._optimizer.state_dict() | {"state": state})


def _evaluation_steps(steps_an_epoch: int, epochs: int) -> list[int]:
    """After how many steps the model is looked at: twice an epoch, at its end the second time."""
    parts = range(1, EVALUATIONS_AN_EPOCH + 1)
    within = [math.ceil(steps_an_epoch * part / EVALUATIONS_AN_EPOCH) for part in parts]
    return sorted({epoch * steps_an_epoch + step for epoch in range(epochs) for step in within})


def _step_seed(seed: int, step: int) -> int:
    """A seed of its own for each step, so that none depends on how many numbers those before it drew."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
