"""The dataset of classification: examples with one label each, in three splits."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import pandas as pd

from textlab.data.corrections import corrected_splits
from textlab.data.examples import TEXT_ONLY
from textlab.data.labelled_dataset import LabelledDataset
from textlab.data.preparation import Preparation
from textlab.data.reading.files import checksum, locate


@dataclass(frozen=True, eq=False)  # frames have no truth value; equal datasets have equal digests
class Dataset(LabelledDataset):
    """Labelled examples in three splits. If validation or test lacks a class, a warning is logged.

    Attributes:
        label_names: the classes, in order. The frames have the column `label` (int), a position in it.

    `LabelledDataset` describes the other attributes and the errors.
    """

    task: ClassVar[str] = "classification"
    target: ClassVar[str] = "label"

    def _check_label_names(self) -> None:
        if len(self.label_names) < 2:
            raise ValueError(
                f"Dataset '{self.name}' has the classes {list(self.label_names)}. A classifier needs at least two."
            )

    def _check_targets(self, where: str, frame: pd.DataFrame) -> None:
        if not frame["label"].isin(range(len(self.label_names))).all():
            raise ValueError(
                f"{where}: a label is not the index of a class. Number labels from 0 to {len(self.label_names) - 1}."
            )

    def label_counts(self, frame: pd.DataFrame) -> list[int]:
        """Count the rows of a frame that have each class."""
        counts = frame["label"].value_counts()
        return [int(counts.get(label, 0)) for label in range(len(self.label_names))]

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything that a model could see: classes, ids, inputs, labels and tags of every split."""
        hasher = hashlib.sha256("\x00".join(self.label_names).encode())
        if self.inputs != TEXT_ONLY:  # text is what digests without names stand for
            hasher.update("\x02".join(("", *self.inputs)).encode())
        for split, frame in self.splits():
            hasher.update(f"\x01{split}\x00{self._known_rows(frame)}".encode())
        return hasher.hexdigest()

    def with_corrections(self, name: str) -> Self:
        """Return the dataset with the labels that a file corrects; the file's checksum ends its version."""
        path = locate(name)
        frames, applied = corrected_splits(dict(self.splits()), self.label_names, path)
        read = sum(len(frame) for frame in frames.values())
        preparation = replace(self.preparation or Preparation(read), corrected=applied)
        version, (train, validation, test) = f"{self.version}+{checksum(path)[:8]}", frames.values()
        return replace(self, version=version, train=train, validation=validation, test=test, preparation=preparation)

    def labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the inputs of a split's rows with the name of each row's class, for people to read."""
        names = frame["label"].map(dict(enumerate(self.label_names)))
        return self._words(frame).assign(label=names)
