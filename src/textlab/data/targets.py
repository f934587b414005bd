"""The target of each row of a user's table: its class, or any number of labels."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.data.label_set_split import label_set_split
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.preparation import Preparation, share
from textlab.data.reading import columns, label_sets
from textlab.data.split import stratified_split

Split = Callable[..., list[pd.DataFrame]]


class Target(ABC):
    """The column, or the columns, of a table that a model learns to predict.

    Attributes:
        split: the function that splits rows into parts with the same shares of each label.
    """

    split: Split

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The columns that hold it."""

    @abstractmethod
    def unlabelled(self, table: pd.DataFrame) -> pd.Series:
        """Return, for each line, whether nobody has labelled it."""

    @abstractmethod
    def examples(
        self, table: pd.DataFrame, path: Path, text: str, id_column: str
    ) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Return the rows as examples, and the names of the labels; see `reading.columns`."""

    @abstractmethod
    def concerns(self, table: pd.DataFrame, frame: pd.DataFrame, label_names: Sequence[str]) -> list[Concern]:
        """Return what is unusual about the labels of a table and of its examples."""

    @abstractmethod
    def dataset(
        self,
        name: str,
        version: str,
        label_names: tuple[str, ...],
        parts: Sequence[pd.DataFrame],
        inputs: tuple[str, ...],
        preparation: Preparation,
    ) -> Dataset | MultilabelDataset:
        """Return the dataset of the three parts."""


@dataclass(frozen=True)
class OneLabel(Target):
    """A class for each row, in the column `label`."""

    label: str
    split = staticmethod(stratified_split)

    @property
    def columns(self) -> tuple[str, ...]:
        """The column of the classes."""
        return (self.label,)

    def unlabelled(self, table: pd.DataFrame) -> pd.Series:
        """Return, for each line, whether its class is empty."""
        return columns.unlabelled(table, self.label)

    def examples(
        self, table: pd.DataFrame, path: Path, text: str, id_column: str
    ) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Return the rows as examples, see `reading.columns.examples`."""
        return columns.examples(table, path, text, self.label, id_column)

    def concerns(self, table: pd.DataFrame, frame: pd.DataFrame, label_names: Sequence[str]) -> list[Concern]:
        """Return what is unusual about the classes."""
        return columns.label_concerns(table, self.label)

    def dataset(
        self,
        name: str,
        version: str,
        label_names: tuple[str, ...],
        parts: Sequence[pd.DataFrame],
        inputs: tuple[str, ...],
        preparation: Preparation,
    ) -> Dataset:
        """Return a dataset of classification."""
        return Dataset(name, version, label_names, *parts, inputs=inputs, preparation=preparation)


@dataclass(frozen=True)
class SeveralLabels(Target):
    """Any number of labels for each row: a column of lists or of joined names, or several columns of 0 and 1."""

    stated: tuple[str, ...]
    separator: str
    split = staticmethod(label_set_split)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the labels."""
        return self.stated

    def unlabelled(self, table: pd.DataFrame) -> pd.Series:
        """Return, for each line, whether nobody has said which labels it has."""
        return label_sets.not_labelled(table, self.stated, self.separator)

    def examples(
        self, table: pd.DataFrame, path: Path, text: str, id_column: str
    ) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Return the rows as examples with tuples of labels, see `reading.columns.label_set_examples`."""
        return columns.label_set_examples(table, path, text, self.stated, self.separator, id_column)

    def concerns(self, table: pd.DataFrame, frame: pd.DataFrame, label_names: Sequence[str]) -> list[Concern]:
        """Return concerns about names that look alike, rows without a label, and rows that all have one."""
        sizes = frame["label"].map(len)
        found = label_sets.label_set_concerns(frame["label"], label_names)
        if without := int((sizes == 0).sum()):
            found.append(
                Concern(
                    ConcernKind.EMPTY,
                    f"{without:,} of {len(frame):,} rows ({share(without, len(frame))}) have no label, so models learn "
                    "that none of the labels applies to them.",
                    "If nobody labelled these rows, leave them out: unlabelled=drop for empty cells, or remove them.",
                    is_serious=False,
                )
            )
        if (sizes == 1).all():
            found.append(
                Concern(
                    ConcernKind.LABEL_NAMES,
                    "Every row has exactly one label, so the labels are classes.",
                    "Use label= in place of labels=: classification then knows that one of them is right.",
                )
            )
        return found

    def dataset(
        self,
        name: str,
        version: str,
        label_names: tuple[str, ...],
        parts: Sequence[pd.DataFrame],
        inputs: tuple[str, ...],
        preparation: Preparation,
    ) -> MultilabelDataset:
        """Return a dataset of several labels per text."""
        frames = [part.rename(columns={"label": "labels"}) for part in parts]
        return MultilabelDataset(name, version, label_names, *frames, inputs=inputs, preparation=preparation)


def target_of(label: str, labels: str, separator: str) -> Target:
    """Return the target that the options of a table state.

    Raises:
        ValueError: a separator is stated without columns of several labels, or it cannot separate names.
    """
    if stated := label_sets.columns_of(labels):
        label_sets.check_separator(separator)
        return SeveralLabels(stated, separator)
    if separator:
        raise ValueError(
            f"label_separator={separator} separates several labels per text. Name their column as well, such as "
            f"labels={label}."
        )
    return OneLabel(label)
