"""The bundle of a classifier: its classes, and a description of what it was trained on."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.bundle_format.documents import EXTRA, write_document
from textlab.bundle_format.labels import write_labels
from textlab.data.dataset import Dataset
from textlab.data.task_dataset import TaskDataset
from textlab.evaluation.classification.predictions import (
    check_probabilities,
    label_names_of,
    predictions_frame,
    probabilities_of,
)
from textlab.export.contents import BundleContents, Columns, dataset_of
from textlab.export.description import describe
from textlab.export.loading import Bundle
from textlab.export.parity import compared_examples, promotion_tolerance
from textlab.export.reference import build_reference
from textlab.export.reference_file import write_reference
from textlab.models.contract import Model
from textlab.models.saved_model import SavedModel
from textlab.wording import shortlist

REFERENCE = EXTRA / "reference.json"


class ClassifierContents(BundleContents):
    """labels.json, reference.json and reference.npz."""

    def facts(self, dataset: TaskDataset) -> dict[str, Any]:
        """Return the classes."""
        return {"label_names": list(dataset_of(dataset, Dataset).label_names)}

    def examples(self, model: Model, dataset: TaskDataset) -> pd.DataFrame:
        """Return the first validation examples."""
        return dataset.validation[list(model.inputs)].head(compared_examples(model.inputs))

    def write(
        self,
        folder: Path,
        model: Model,
        dataset: TaskDataset,
        validation: pd.DataFrame | None,
        parts: Mapping[str, Path],
    ) -> None:
        """Write the classes, and what the model was trained and validated on, without a text."""
        data = dataset_of(dataset, Dataset)
        if validation is None:
            probabilities = model.answers(data.validation)
            validation = predictions_frame(data.validation, probabilities, data.label_names, model.inputs)
        write_labels(folder, data.label_names)
        write_document(folder / REFERENCE, describe(data.train, data.label_names, model.inputs))
        write_reference(folder, build_reference(data, validation, model.inputs))

    def request(self, folder: Path, served: SavedModel | None) -> Callable[[Columns], object]:
        """Return the call of the graph."""
        if served is None:
            raise ValueError("A classifier needs a graph. Implement _export in its family.")
        return served.answer

    def check_answers(self, answers: np.ndarray) -> None:
        """Raise ValueError unless each row is a distribution."""
        check_probabilities(answers, answers.shape)

    def check_run(self, bundle: Bundle, predictions: Mapping[str, pd.DataFrame], title: str) -> None:
        """Compare the classes, and the probabilities of validation examples, with those of the run."""
        validation = predictions["validation"].head(compared_examples(bundle.signature.input_names))
        check_same_answers(bundle, validation, label_names_of(validation), probabilities_of(validation), title)


def check_same_answers(
    bundle: Bundle, validation: pd.DataFrame, names: list[str], probabilities: np.ndarray, title: str
) -> None:
    """Raise ValueError unless a bundle has a run's classes or labels, and answers its probabilities.

    Args:
        bundle: the loaded bundle.
        validation: n examples.
        names: the run's classes or labels.
        probabilities: what the run predicted, float32 (n, k).
        title: of the bundle, for messages.
    """
    if bundle.label_names != names:
        raise ValueError(
            f"{title} has the classes {shortlist(bundle.label_names)}; the run's predictions have {shortlist(names)}. "
            "Run the notebook again."
        )
    answers = bundle.served.answer_in_batches(bundle.columns(validation))
    difference = float(np.abs(answers - probabilities).max())
    tolerance = promotion_tolerance(bundle.card)
    if not difference <= tolerance:
        raise ValueError(
            f"{title} differs from the run's predictions by {difference:.2g} in a probability; at most {tolerance:.0e} "
            "is allowed. Run the notebook again."
        )


CONTENTS = ClassifierContents()
