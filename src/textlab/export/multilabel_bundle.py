"""The bundle of a model for several labels per text: its labels, their thresholds, and what it was trained on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.bundle_format.decisions import DecisionRules, write_decisions
from textlab.bundle_format.documents import write_document
from textlab.bundle_format.labels import write_labels
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.task_dataset import TaskDataset
from textlab.evaluation.multilabel.predictions import (
    check_probabilities,
    label_names_of,
    predictions_frame,
    probabilities_of,
)
from textlab.evaluation.multilabel.thresholds import thresholds_of
from textlab.export.classification_bundle import REFERENCE, ClassifierContents, check_same_answers
from textlab.export.contents import dataset_of
from textlab.export.description import describe
from textlab.export.loading import Bundle
from textlab.export.parity import compared_examples
from textlab.models.contract import Model
from textlab.wording import shortlist

STATED = "The threshold of each label is the one with the highest F1 on validation."


class MultilabelContents(ClassifierContents):
    """labels.json, decisions.json and reference.json.

    There is no reference.npz, because `textlab monitor` does not watch several labels yet.
    """

    def facts(self, dataset: TaskDataset) -> dict[str, Any]:
        """Return the labels."""
        return {"label_names": list(dataset_of(dataset, MultilabelDataset).label_names)}

    def write(
        self,
        folder: Path,
        model: Model,
        dataset: TaskDataset,
        validation: pd.DataFrame | None,
        parts: Mapping[str, Path],
    ) -> None:
        """Write the labels, their thresholds, and a description of the training data without a text."""
        data = dataset_of(dataset, MultilabelDataset)
        if validation is None:
            validation = predictions_frame(
                data.validation, model.answers(data.validation), data.label_names, model.inputs
            )
        write_labels(folder, data.label_names)
        rules = DecisionRules(data.label_names, thresholds=thresholds_of(validation), stated={"sentences": [STATED]})
        write_decisions(folder, rules)
        write_document(folder / REFERENCE, describe(data.train, data.label_names, model.inputs))

    def check_answers(self, answers: np.ndarray) -> None:
        """Raise ValueError unless each number is a probability."""
        check_probabilities(answers, answers.shape)

    def check_run(self, bundle: Bundle, predictions: Mapping[str, pd.DataFrame], title: str) -> None:
        """Compare the labels, their thresholds, and the probabilities of validation examples, with those of the run."""
        validation = predictions["validation"]
        compared = validation.head(compared_examples(bundle.signature.input_names))
        check_same_answers(bundle, compared, label_names_of(compared), probabilities_of(compared), title)
        wanted = thresholds_of(validation)
        if others := [name for name, least in bundle.thresholds.items() if least != wanted[name]]:
            raise ValueError(
                f"{title} has other thresholds than the run's predictions for the labels {shortlist(others)}. Run the "
                "notebook again."
            )


CONTENTS = MultilabelContents()
