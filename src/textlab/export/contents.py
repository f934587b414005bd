"""The parts of a bundle that depend on its task: files beside the graph, and checks of its answers."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from textlab.data.task_dataset import TaskDataset
from textlab.evaluation.tasks import task
from textlab.export.loading import Bundle
from textlab.models.contract import Model
from textlab.models.saved_model import SavedModel

Columns = Mapping[str, list[str]]
Typed = TypeVar("Typed", bound=TaskDataset)


class BundleContents(ABC):
    """A task's part of a bundle. An object of it is called CONTENTS in the task's `bundle_module`."""

    @abstractmethod
    def facts(self, dataset: TaskDataset) -> dict[str, Any]:
        """Return facts about the data for the card, beside name, version and digest."""

    @abstractmethod
    def examples(self, model: Model, dataset: TaskDataset) -> pd.DataFrame:
        """Return examples, with the model's input columns, on which parity and speed are measured."""

    @abstractmethod
    def write(
        self,
        folder: Path,
        model: Model,
        dataset: TaskDataset,
        validation: pd.DataFrame | None,
        parts: Mapping[str, Path],
    ) -> None:
        """Write the task's files into the folder assets.extra of the bundle in `folder`.

        Args:
            folder: the unfinished bundle, which holds the graph if the model has one.
            model: the fitted model.
            dataset: the data that it was fitted on.
            validation: its predictions for the validation split; None if the caller has none.
            parts: folders that were made for the bundle, by the name that they get in assets.extra.

        Raises:
            ValueError: a part is missing or belongs to another model.
        """

    @abstractmethod
    def request(self, folder: Path, served: SavedModel | None) -> Callable[[Columns], object]:
        """Return a function that answers one example as the service does, to measure its latency."""

    @abstractmethod
    def check_answers(self, answers: np.ndarray) -> None:
        """Raise ValueError unless answers to odd examples, float32 (n, size), can be answers of the task."""

    @abstractmethod
    def check_run(self, bundle: Bundle, predictions: Mapping[str, pd.DataFrame], title: str) -> None:
        """Check that a bundle answers like the model of its run.

        Args:
            bundle: the loaded bundle.
            predictions: the run's predictions for "validation" and "test".
            title: such as "The bundle of run abc", for messages.

        Raises:
            ValueError: it does not.
        """


def contents_of(name: str) -> BundleContents:
    """Return the contents of the bundles of the task called `name`.

    Raises:
        ValueError: there is no such task.
    """
    contents: BundleContents = importlib.import_module(task(name).bundle_module).CONTENTS
    return contents


def dataset_of(dataset: TaskDataset, kind: type[Typed]) -> Typed:
    """Return the dataset if it is of a kind, such as `RetrievalDataset`.

    Raises:
        ValueError: it belongs to another task.
    """
    if not isinstance(dataset, kind):
        raise ValueError(
            f"Dataset '{dataset.name}' is for {dataset.task}, and the model is for {kind.task}. Pass the dataset that "
            "the model was fitted on."
        )
    return dataset
