"""Tasks: the examples, predictions and metrics of a model, described for mechanisms that serve every task.

The record, the export, the promotion, the runner and the report serve every task. They ask the object `TASK` of
`textlab.evaluation.<name>.task`, which is found by listing. docs/guides/add-a-task.md shows how to add one.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from textlab.evaluation.statistics.comparison import Comparison
from textlab.spelling import nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PACKAGE = "textlab.evaluation"
DEFAULT_TASK = "classification"  # notebooks that state neither a task nor a family have this task


class Task(ABC):
    """The promises of a task.

    A frame of predictions holds one row per example of a split. Its columns are the task's own.

    Attributes:
        name: the name that models, datasets and signatures state, such as "classification".
        metrics: the metrics that may decide; more is better in each.
        primary_metric: the metric that decides unless a grid states another one.
        secondary_metrics: the metrics that get intervals beside the primary one.
        cost_metrics: the metrics that may decide in a grid that states costs; more is better in each. Notebooks train
            by `primary_metric` then, because they do not know the costs.
        has_decisions: whether costs, promises and abstention can be stated for its models, see `wishes`.
        leaderboard_metrics: the metrics on test that a leaderboard shows.
        comparison_notebook: the notebook that compares the runs of a grid.
        bundle_module: the module in `textlab.export` that writes and checks the task's part of a bundle.
    """

    name: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]
    primary_metric: ClassVar[str]
    secondary_metrics: ClassVar[tuple[str, ...]]
    cost_metrics: ClassVar[tuple[str, ...]] = ()
    has_decisions: ClassVar[bool] = False
    leaderboard_metrics: ClassVar[tuple[str, ...]]
    comparison_notebook: ClassVar[str]
    bundle_module: ClassVar[str]

    @abstractmethod
    def check(self, name: str, frame: pd.DataFrame) -> None:
        """Check the predictions of the run called `name`.

        Raises:
            ValueError: a value cannot be scored, such as a probability that is NaN.
        """

    @abstractmethod
    def measure(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, float]:
        """Compute the metrics of a run, as <split>_<metric>, from the predictions of each split."""

    @abstractmethod
    def compare(
        self, frames: Mapping[str, pd.DataFrame], metric: str, best: str | None = None, **options: Any
    ) -> Comparison:
        """Score models on one test set with intervals, and test every pair of them.

        Args:
            frames: for each model, its predictions on test.
            metric: the primary metric, one of `metrics`. The secondary ones get intervals as well.
            best: the model that validation chose; by default the one with the highest score here.
            options: see `statistics.comparison.compare`.

        Raises:
            ValueError: the metric is unknown or undefined, or the frames hold different examples.
        """

    @abstractmethod
    def tables(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Return the tables that a run logs, by the name of their file without its ending."""

    @abstractmethod
    def figures(self, frames: Mapping[str, pd.DataFrame]) -> "dict[str, Figure]":
        """Draw the figures that a run logs, by name, from the predictions of each model on test."""

    @abstractmethod
    def difference(self, first: pd.DataFrame, again: pd.DataFrame) -> str:
        """Say how the predictions of a model that was trained again differ from the first ones; "" if in no digit."""

    @abstractmethod
    def test_set(self, frame: pd.DataFrame) -> Hashable:
        """Return a key of the examples that were predicted; frames with one key can be compared."""


def task(name: str) -> Task:
    """Return the task called `name`; the modules of other tasks are not imported.

    Raises:
        ValueError: there is no such task.
    """
    if name not in tasks():
        raise ValueError(
            f"Unknown task '{name}'.{nearest(name, tasks())} Add one as src/textlab/evaluation/<name>/task.py."
        )
    found: Task = importlib.import_module(f"{PACKAGE}.{name}.task").TASK
    return found


def tasks() -> list[str]:
    """Return the names of all tasks: the folders of `textlab.evaluation` that hold a module `task`."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/task.py"))
