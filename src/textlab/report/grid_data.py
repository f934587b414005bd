"""The data behind the runs of a grid: the dataset, its audit, and the statistics of the training texts."""

import json
from functools import cached_property
from typing import Any

import pandas as pd

from textlab import data, record
from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.audit import Audit, audit_dataset
from textlab.record import Run


class GridData:
    """The dataset of a grid, as far as it can still be loaded.

    Args:
        run: a run of the grid. It names the dataset, and its bundle holds statistics of the training texts.
        validation: the run's predictions on validation.
    """

    def __init__(self, run: Run, validation: pd.DataFrame) -> None:
        self._run, self._validation = run, validation

    @property
    def dataset(self) -> Dataset | None:
        """The dataset of the runs; None if it cannot be loaded or has changed, see `problem`."""
        return self._loaded[0]

    @property
    def problem(self) -> str:
        """A sentence that says why there is no dataset; "" if there is one."""
        return self._loaded[1]

    @cached_property
    def _loaded(self) -> tuple[Dataset | None, str]:
        try:
            dataset = data.load(self._run.dataset)
        except (ValueError, OSError) as error:
            return None, f"The dataset could not be loaded: {error}"
        if dataset.digest != self._run.dataset_digest:
            return None, f"The dataset {self._run.dataset} has changed since the runs."
        return dataset, ""

    @cached_property
    def audit(self) -> Audit | None:
        """The audit of the dataset; None if there is no dataset."""
        return None if self.dataset is None else audit_dataset(self.dataset)

    @cached_property
    def reference(self) -> dict[str, Any]:
        """The statistics of the training texts, from the run's bundle; empty if there are none."""
        try:
            path = record.artifact(self._run.id, "bundle/assets.extra/reference.json")
            return dict(json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return {}

    @cached_property
    def training_shares(self) -> dict[str, float]:
        """Each class's share of the training texts: from the dataset, else from the bundle, else from validation."""
        stated = self.reference.get("class_shares", {})
        if self.dataset is not None:
            labels = self.dataset.train["label"].map(dict(enumerate(self.dataset.label_names)))
        elif stated:
            return {str(name): float(share) for name, share in stated.items()}
        else:
            labels = self._validation["label"]
        return {str(name): count / len(labels) for name, count in labels.value_counts().items()}

    @property
    def concerns(self) -> list[Concern]:
        """The concerns about the data: shift and leaks first, then what was done to the rows."""
        if self.dataset is None or self.audit is None:
            finding = f"The data were not checked for shift and leaks. {self.problem}"
            advice = "Run the grid again on the current data to check them."
            return [Concern(ConcernKind.NOT_CHECKED, finding, advice, is_serious=False)]
        preparation = self.dataset.preparation
        return [*self.audit.concerns, *(preparation.concerns if preparation else ())]
