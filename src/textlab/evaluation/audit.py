"""The audit of a dataset: whether scores on it can answer the question which model to trust."""

from dataclasses import dataclass

from textlab.concerns import Concern
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks import Leaks, find_leaks
from textlab.evaluation.shift import SplitShifts, compare_splits


@dataclass(frozen=True, eq=False)
class Audit:
    """The audit of a dataset.

    Attributes:
        splits: the differences between the splits.
        leaks: leaks and shortcuts.
    """

    splits: SplitShifts
    leaks: Leaks

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """All concerns, shifts first."""
        return (*self.splits.concerns, *self.leaks.concerns)


def audit_dataset(dataset: Dataset) -> Audit:
    """Compare the splits of a dataset, and look for leaks and shortcuts."""
    return Audit(compare_splits(dataset), find_leaks(dataset))
