"""A model for several labels per text in memory: texts in, an independent probability for each label out."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from api.model.answers import invalid_rows
from api.model.classifier import Classifier
from textlab.bundle_format.multilabel_task import labels_of, thresholds_of
from textlab.bundle_format.signature import MULTILABEL


class LabelClassifier(Classifier):
    """A model that answers the labels of a text, of which there may be none.

    What is remembered of a text is a list of labels in JSON, in the order of `label_names`.

    Attributes:
        thresholds: the lowest probability with which a text gets each label.
    """

    task = work = MULTILABEL
    has_shadow = False
    _valid_answer = "probabilities from 0 to 1"

    def named(self, rows: list[list[float]]) -> list[str]:
        """The labels of n texts, each list as JSON."""
        return [written(labels_of(row, self.thresholds)) for row in rows]

    @staticmethod
    def counted(named: list[str]) -> list[str]:
        """Each label of each text."""
        return [label for labels in named for label in json.loads(labels)]

    @staticmethod
    def shown(named: str) -> dict[str, Any]:
        """The list of labels, as an answer shows it."""
        return {"labels": json.loads(named)}

    @staticmethod
    def invalid_rows(answer: np.ndarray) -> np.ndarray | None:
        """The rows with a number that is no probability: bool (n,), or None if all rows are valid."""
        return invalid_rows(answer["probabilities"], sums_to_one=False)

    def description(self) -> dict[str, Any]:
        """The labels with their thresholds, and the inputs with their kinds."""
        return super().description() | {"thresholds": self.thresholds}

    def _open(self, folder: Path) -> None:
        self.label_names, self.decisions = self.shared_values, None
        self.thresholds = thresholds_of(folder)


def written(labels: Iterable[str]) -> str:
    """Labels as they are remembered; equal sets in the model's order have equal texts."""
    return json.dumps(list(labels), ensure_ascii=False)
