"""The data behind the runs of a grid."""

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import pandas as pd

from textlab import data, record
from textlab.concerns import Concern, ConcernKind
from textlab.data.task_dataset import TaskDataset
from textlab.record import Run

D = TypeVar("D", bound=TaskDataset)


class GridData(ABC, Generic[D]):
    """The dataset of a grid, as far as it can still be loaded.

    Attributes:
        kind: the class of the task's datasets.
        checks: what the audit checks, for the sentence that says that it could not.

    Args:
        run: a run of the grid. It names the dataset, and its bundle describes the training texts.
        validation: the run's predictions on validation.
    """

    kind: ClassVar[type[TaskDataset]]
    checks: ClassVar[str]

    def __init__(self, run: Run, validation: pd.DataFrame) -> None:
        self._run, self._validation = run, validation

    @property
    def dataset(self) -> D | None:
        """The dataset of the runs; None if it cannot be loaded or has changed, see `problem`."""
        return self._loaded[0]

    @property
    def problem(self) -> str:
        """A sentence that says why there is no dataset; "" if there is one."""
        return self._loaded[1]

    @cached_property
    def _loaded(self) -> tuple[D | None, str]:
        try:
            dataset: Any = data.load(self._run.dataset, of=self.kind)
        except (ValueError, OSError) as error:
            return None, f"The dataset could not be loaded: {error}"
        if dataset.digest != self._run.dataset_digest:
            return None, f"The dataset {self._run.dataset} has changed since the runs."
        return dataset, ""

    @cached_property
    def reference(self) -> dict[str, Any]:
        """The statistics of the training texts, from the run's bundle; empty if there are none."""
        try:
            path = record.artifact(self._run.id, "bundle/assets.extra/reference.json")
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return {}

    @abstractmethod
    def _audited(self, dataset: D) -> Sequence[Concern]:
        """Return the concerns that an audit of the dataset finds."""

    @property
    def concerns(self) -> list[Concern]:
        """The concerns about the data: those of the audit first, then what was done to the rows."""
        if self.dataset is None:
            finding = f"The data were not checked for {self.checks}. {self.problem}"
            advice = "Run the grid again on the current data to check them."
            return [Concern(ConcernKind.NOT_CHECKED, finding, advice, is_serious=False)]
        preparation = self.dataset.preparation
        return [*self._audited(self.dataset), *(preparation.concerns if preparation else ())]
