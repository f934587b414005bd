"""The data behind a grid of classifiers: the dataset, its audit, and each class's share of the training texts."""

from collections.abc import Sequence
from functools import cached_property

from textlab.concerns import Concern
from textlab.data.dataset import Dataset
from textlab.evaluation.audit import Audit, audit_dataset
from textlab.report.grid_data import GridData


class ClassificationData(GridData[Dataset]):
    """The dataset of a grid of classifiers, see `GridData`."""

    kind = Dataset
    checks = "shift and leaks"

    @cached_property
    def audit(self) -> Audit | None:
        """The audit of the dataset; None if there is no dataset."""
        return None if self.dataset is None else audit_dataset(self.dataset)

    def _audited(self, dataset: Dataset) -> Sequence[Concern]:
        return () if self.audit is None else self.audit.concerns

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
