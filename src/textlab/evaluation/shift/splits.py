"""The shifts between the splits of a dataset."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from textlab.concerns import Concern
from textlab.data.dataset import Dataset
from textlab.evaluation.shift.findings import shift_concerns
from textlab.evaluation.shift.sample import Sample, texts_of
from textlab.evaluation.shift.shift import Shift, compare_samples


@dataclass(frozen=True, eq=False)
class SplitShifts:
    """The shifts between the splits of a dataset, and the concerns that follow.

    Attributes:
        shifts: train against validation, train against test, and validation against test.
        concerns: the concerns.
    """

    shifts: tuple[Shift, ...] = ()
    concerns: tuple[Concern, ...] = ()


def compare_splits(dataset: Dataset) -> SplitShifts:
    """Compare the splits of a dataset: each with each other one."""
    samples = [_sample(dataset, split, frame) for split, frame in dataset.splits()]
    shifts = tuple(compare_samples(*pair) for pair in combinations(samples, 2))
    return SplitShifts(shifts, tuple(shift_concerns(shifts)))


def _sample(dataset: Dataset, split: str, frame: pd.DataFrame) -> Sample:
    return Sample(
        split,
        texts_of(frame, dataset.inputs),
        labels=np.asarray(frame["label"]),
        label_names=dataset.label_names,
        groups=frame["group"].tolist() if "group" in frame else None,
    )
