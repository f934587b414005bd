"""Shift: whether two samples of texts come from the same source, and what differs between them."""

from dataclasses import dataclass

from textlab.concerns import Concern
from textlab.data.dataset import Dataset


@dataclass(frozen=True, eq=False)
class Shift:
    """What differs between two samples of texts, such as two splits.

    Attributes:
        reference, current: the samples' names.
        auc: the area under the ROC curve of a classifier that tells the samples apart, out of fold.
        p: the p value of `auc` against 0.5.
    """

    reference: str
    current: str
    auc: float
    p: float


@dataclass(frozen=True, eq=False)
class SplitShifts:
    """The shifts between the splits of a dataset, and the concerns that follow."""

    shifts: tuple[Shift, ...] = ()
    concerns: tuple[Concern, ...] = ()


def compare_splits(dataset: Dataset) -> SplitShifts:
    """Compare the splits of a dataset."""
    return SplitShifts()
