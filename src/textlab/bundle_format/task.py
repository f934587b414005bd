"""The interface of a task to the format of bundles: its answer, its files, and its tables in MLflow."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .signature import Signature

if TYPE_CHECKING:
    import pandas as pd


class Predictor(ABC):
    """A bundle that answers in MLflow. TensorFlow and pandas are there."""

    @abstractmethod
    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any]) -> "pd.DataFrame":
        """Answer n examples.

        Args:
            model_input: n rows with the model's inputs by name. A model with a single input reads the first column,
                whatever its name.
            params: values for some of `BundleTask.parameters`.
        """


class BundleTask(ABC):
    """A task's part of the format. An object of it is called TASK in `<name>_task.py`.

    Attributes:
        answer: the output that a graph of the task must have.
        needs_graph: whether each bundle of the task holds a SavedModel.
        parameters: the parameters that `Predictor.predict` takes in MLflow, and their defaults.
        libraries: the distributions that it needs beside MLflow, TensorFlow, NumPy and pandas.
    """

    answer: ClassVar[str]
    needs_graph: ClassVar[bool] = True
    parameters: ClassVar[dict[str, int]] = {}
    libraries: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def check(self, folder: Path, signature: Signature) -> None:
        """Check the answer, if the bundle has one, against the other files of the bundle in `folder`.

        Raises:
            BundleError: they do not match.
        """

    @abstractmethod
    def content(self, folder: Path, signature: Signature) -> Any:
        """Read what the task keeps beside the graph of the bundle in `folder`.

        Raises:
            BundleError: it is missing, damaged, or belongs to another graph.
        """

    @abstractmethod
    def columns(self, folder: Path) -> list[tuple[str, str]]:
        """Return the columns of the tables that `Predictor.predict` returns, as MLflow's type and the name."""

    @abstractmethod
    def predictor(self, folder: Path, signature: Signature) -> Predictor:
        """Load the bundle in `folder`, whose files match the manifest."""
