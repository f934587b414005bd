"""The precision of an exported encoder, and what a lower one costs."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.transformer.batches import as_unicode
from textlab.models.transformer.export import run_in_a_process
from textlab.models.transformer.graph.observed import read_largest
from textlab.models.validation import validation_measures

FLOAT32, INT8 = "float32", "int8"
PRECISIONS = (FLOAT32, INT8)
LARGEST_LOSS = 0.003  # int8 may cost 0.3 points of the primary metric on validation
TEXTS_SEEN = 512  # so many training texts decide the scales of int8
TEXTS, ANSWERS = "texts.json", "answers.npy"  # files in the folder of a model that is rounded
LEAST_TOLERANCE = 1e-3  # validation texts may all be answered with certainty, so that rounding changes nothing
ODD = 3  # texts unlike those of validation may differ by this multiple of the largest difference there


@dataclass(frozen=True)
class Rounding:
    """A model that was rounded to int8.

    Attributes:
        largest: the largest inputs of each layer, see `Int8Dense`.
        answers: the rounded model's probabilities for the validation texts, float32 (n, k).
    """

    largest: dict[str, np.ndarray]
    answers: np.ndarray


def rounded(
    save: Callable[[Path], None], train: Sequence[str], validation: Sequence[str], options: Sequence[str]
) -> Rounding:
    """Round a model to int8 in a process of its own.

    Args:
        save: writes the model's checkpoint into a folder.
        train: the training texts, a few of which give the scales.
        validation: the texts that the rounded model answers.
        options: further arguments of `textlab.models.bert.rounding`.

    Raises:
        RuntimeError: the other process failed; the message contains its output.
    """
    rows = np.linspace(0, len(train) - 1, min(len(train), TEXTS_SEEN)).astype(int)  # training may be sorted by class
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "checkpoint"
        folder.mkdir()
        save(folder)
        seen = [train[row] for row in rows]
        texts = {use: list(map(as_unicode, each)) for use, each in (("seen", seen), ("answered", validation))}
        (folder / TEXTS).write_text(json.dumps(texts), encoding="utf-8")
        run_in_a_process("textlab.models.bert.rounding", folder, Path(scratch) / "model", *options)
        return Rounding(read_largest(folder), np.load(folder / ANSWERS, allow_pickle=False))


@dataclass(frozen=True)
class Loss:
    """The cost of int8 on validation.

    Attributes:
        metric: the primary metric, such as "macro_recall".
        loss: how much lower it is in int8; negative if it is higher.
        largest_difference: the largest difference of a probability.
    """

    metric: str
    loss: float
    largest_difference: float

    @property
    def is_too_large(self) -> bool:
        """True if the export has to stay in float32."""
        return self.loss > LARGEST_LOSS

    @property
    def tolerance(self) -> float:
        """The largest allowed difference of a probability between the trained and the exported model."""
        return min(1.0, max(ODD * self.largest_difference, LEAST_TOLERANCE))

    def card(self) -> dict[str, Any]:
        """Return the facts for a bundle's card."""
        return {"weights": INT8, **vars(self), "tolerance": self.tolerance}

    def refusal(self) -> str:
        """Return a sentence for the notebook about a loss that is too large."""
        return (
            f"int8 would cost {100 * self.loss:.2f} points of {self.metric} on validation, more than the "
            f"{100 * LARGEST_LOSS:.1f} that are allowed, so the export stays in float32."
        )


def loss_of(rounding: Rounding, exact: np.ndarray, validation: pd.DataFrame, metric: str) -> Loss:
    """Return what a rounded model costs.

    Args:
        rounding: the rounded model's answers for the validation texts.
        exact: the answers in float32, (n, k).
        validation: the validation split.
        metric: the primary metric.
    """
    before, after = (
        validation_measures(validation, answers, metric)[f"validation_{metric}"]
        for answers in (exact, rounding.answers)
    )
    return Loss(metric, before - after, float(np.abs(exact - rounding.answers).max()))
