"""A classifier in memory: texts in, probabilities out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.model.answers import invalid_rows
from api.model.model import Asked, Model
from textlab.bundle_format.labels import read_labels
from textlab.bundle_format.signature import CLASSIFICATION
from textlab.inputs import kind_of


class Classifier(Model):
    """A model that answers probabilities.

    Attributes:
        label_names: the classes, in the order of the probabilities.
    """

    task = work = CLASSIFICATION
    shared, has_shadow = "labels", True
    _valid_answer = "probabilities from 0 to 1 with the sum 1"

    invalid_rows = staticmethod(invalid_rows)

    def answer(self, texts: Sequence[Asked]) -> np.ndarray:
        """Probabilities, float32 (n, k), of n texts."""
        return self._computed(texts)

    @staticmethod
    def interface(folder: Path) -> tuple[str, ...]:
        """The labels, in their order."""
        return tuple(read_labels(folder))

    def description(self) -> dict[str, Any]:
        """The labels, and the inputs with their kinds."""
        inputs = [{"name": name, "kind": kind_of(name).name} for name in self.inputs]
        return {"label_names": list(self.label_names), "inputs": inputs}

    def _open(self, folder: Path) -> None:
        self.label_names = self.shared_values
