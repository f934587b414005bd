"""A classifier in memory: texts in, probabilities out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.model.answers import invalid_rows
from api.model.engine import EngineError
from api.model.explanation import Explanation, explanation_of
from api.model.model import WARM_UP_TEXTS, Asked, Model
from textlab.bundle_format.decisions import read_decisions
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.labels import read_labels
from textlab.bundle_format.signature import CLASSIFICATION
from textlab.inputs import kind_of


class Classifier(Model):
    """A model that answers probabilities.

    Attributes:
        label_names: the classes, in the order of the probabilities.
        decisions: the rules for decisions about them; None if the bundle has none.
    """

    task = work = CLASSIFICATION
    shared, has_shadow = "labels", True
    _valid_answer = "probabilities from 0 to 1 with the sum 1"

    def answer(self, texts: Sequence[Asked]) -> np.ndarray:
        """Probabilities, float32 (n, k), of n texts."""
        return self.rows(texts)["probabilities"]

    def rows(self, texts: Sequence[Asked]) -> np.ndarray:
        """The probabilities of n texts, and which of them were not read to their end.

        Returns:
            An array (n,) with the fields `probabilities`, float32 (k,), and `truncated`, bool.
        """
        probabilities, truncated = self._engine.predict_and_tell(self._contents(texts))
        fields = [("probabilities", np.float32, probabilities.shape[1:]), ("truncated", bool)]
        rows = np.empty(len(probabilities), fields)
        rows["probabilities"], rows["truncated"] = probabilities, truncated
        return rows

    def explain(self, text: str, label: str) -> Explanation:
        """Tell what each word of a text adds to the score of a class.

        Raises:
            EngineError: TensorFlow fails on the text, or its explanation is not valid.
        """
        return explanation_of(self._engine.explain(text.encode("utf-8"), self.label_names.index(label)), text)

    def named(self, rows: list[list[float]]) -> list[str]:
        """Return the facts that the service remembers about the answers to n texts: the most probable class of each."""
        names = self.label_names
        return [names[row.index(max(row))] for row in rows]

    @staticmethod
    def counted(named: list[str]) -> list[str]:
        """The classes that the metrics count, from what `named` returned."""
        return named

    @staticmethod
    def shown(named: str) -> dict[str, Any]:
        """The part of an answer that holds the class."""
        return {"label": named}

    def _warm_up(self) -> None:
        super()._warm_up()
        if self.explains is None:
            return
        try:
            for text in WARM_UP_TEXTS:
                self.explain(text, self.label_names[0])
        except EngineError as error:
            raise BundleError(f"{self._title} fails to explain a text. Export the model again. {error}") from None

    @staticmethod
    def invalid_rows(answer: np.ndarray) -> np.ndarray | None:
        """The rows whose probabilities are not valid: bool (n,), or None if all rows are valid."""
        return invalid_rows(answer["probabilities"])

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
        self.decisions = read_decisions(folder, self.label_names)
