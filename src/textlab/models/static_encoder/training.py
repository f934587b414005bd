"""Train the vectors of word pieces: first on a BERT's vectors of texts, then on queries and their documents."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.training_length import TimeBudget

logger = logging.getLogger(__name__)

Loss = Callable[[Any, np.ndarray], Any]  # takes the vectors of the trained pieces and the rows of a batch


@dataclass(frozen=True)
class Stage:
    """One stage of a training.

    Attributes:
        name: the loss is the history's column train_<name>.
        draw: returns the examples of an epoch, int (n,), in random order; n is the same for each epoch.
        loss: returns the mean loss of a batch, a scalar tensor with gradients.
        epochs: passes over the examples.
        batch_size: examples per step.
        learning_rate: the first learning rate of Adam, which falls to 0 linearly.
    """

    name: str
    draw: Callable[[np.random.Generator], np.ndarray]
    loss: Loss
    epochs: int
    batch_size: int
    learning_rate: float


class VectorTraining:
    """Trains vectors with Adam (Kingma and Ba 2015), stage by stage, and keeps those with the best validation score.

    Args:
        vectors: float32 (pieces, d), where training starts.
        trained: int (t,), the pieces that training changes; the others occur in no training text.
        evaluate: returns the measures validation_<measure> of vectors.
        metric: the measure that decides.
        seed: the random seed of the batches.
        budget: no epoch begins after it.

    Attributes:
        vectors: the best vectors so far.
        history: a row per epoch; row 0 holds the measures before training.
        ended_by_budget: whether the budget ended the training.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        trained: np.ndarray,
        evaluate: Callable[[np.ndarray], Mapping[str, float]],
        metric: str,
        seed: int,
        budget: TimeBudget,
    ) -> None:
        self._trained, self._evaluate, self._metric, self._budget = trained, evaluate, metric, budget
        self._random = np.random.default_rng(seed)
        self._rows: list[dict[str, float]] = []
        self._best = float("-inf")
        self.ended_by_budget = False
        self.vectors = vectors
        self._record(vectors, {})

    @property
    def history(self) -> pd.DataFrame:
        """The table that `fit` returns."""
        return pd.DataFrame(self._rows)

    def run(self, stage: Stage) -> None:
        """Train on from the best vectors so far."""
        import torch
        from tqdm.auto import tqdm

        weight = torch.nn.Parameter(torch.from_numpy(self.vectors[self._trained]))
        optimizer = torch.optim.Adam([weight], lr=stage.learning_rate, fused=True)
        rows = stage.draw(self._random)
        steps = stage.epochs * -(-len(rows) // stage.batch_size)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / max(1, steps))
        with tqdm(total=steps, desc=f"static vectors, {stage.name}", unit="step") as bar:
            for _ in range(stage.epochs):
                if self._budget.is_spent():
                    self.ended_by_budget = True
                    return
                losses = []
                for start in range(0, len(rows), stage.batch_size):
                    optimizer.zero_grad()
                    loss = stage.loss(weight, rows[start : start + stage.batch_size])
                    loss.backward()
                    optimizer.step()
                    schedule.step()
                    losses.append(float(loss.detach()))
                    bar.update()
                rows = stage.draw(self._random)
                vectors = self.vectors.copy()
                vectors[self._trained] = weight.detach().numpy()
                self._record(vectors, {f"train_{stage.name}": float(np.mean(losses))})

    def _record(self, vectors: np.ndarray, losses: Mapping[str, float]) -> None:
        measures = self._evaluate(vectors)
        self._rows.append({"epoch": len(self._rows), **losses, **measures})
        if measures[self._metric] > self._best:
            self._best, self.vectors = measures[self._metric], vectors
