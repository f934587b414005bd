"""The promises that the datasets of every task keep: a name, named inputs, three splits and a digest."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

import pandas as pd

from textlab.data.preparation import Preparation

SPLITS = ("train", "validation", "test")


class TaskDataset(ABC):
    """The examples of a task in three splits.

    Attributes:
        task: what a model does with the examples, such as "classification".
        name: the name that `textlab.data.load` was given, such as "tweet_eval/sentiment".
        version: the edition of the source, such as the start of a checksum or a generator's number.
        inputs: the columns that a model may read.
        preparation: what was done to the source's rows; None if the source does not say.
        training_share: the share of the training examples that `train` holds; below 1 only for a learning curve.
    """

    task: ClassVar[str]

    name: str
    version: str
    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    inputs: tuple[str, ...]
    preparation: Preparation | None
    training_share: float = 1.0

    @property
    @abstractmethod
    def digest(self) -> str:
        """The sha256 of everything that a model could see."""

    def splits(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield each split's name and frame, in order."""
        for split in SPLITS:
            yield split, getattr(self, split)

    def named(self, name: str) -> Self:
        """Return the same dataset under another name, without checking its rows again."""
        renamed = copy.copy(self)
        object.__setattr__(renamed, "name", name)
        return renamed

    def with_training_share(self, share: float, seed: int) -> Self:
        """Return the same dataset with a share of its training examples, drawn with a seed.

        Raises:
            ValueError: the share is not above 0 and at most 1, or the task has no learning curve.
        """
        raise ValueError(f"Datasets for {self.task} cannot be reduced to a share. Leave out training_share.")

    def with_corrections(self, name: str) -> Self:
        """Return the same dataset with the labels that a person has corrected in a file, see `corrections`.

        Raises:
            FileNotFoundError: the file does not exist.
            ValueError: a row of the file is wrong, or the task has no labels to correct.
        """
        raise ValueError(f"Datasets for {self.task} take no corrections of labels. Leave out corrections.")

    def require(self, inputs: Sequence[str]) -> Self:
        """Return the dataset itself if it has all of a model's inputs.

        Raises:
            ValueError: an input is missing.
        """
        if missing := [column for column in inputs if column not in self.inputs]:
            raise ValueError(
                f"Dataset '{self.name}' has no input {', '.join(missing)}; it has {', '.join(self.inputs)}. Choose a "
                f"dataset with {', '.join(inputs)}, or a model that reads less."
            )
        return self

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return tables that describe the data to people, by name, with the name of each row as the index."""
        return {}

    def recorded_rows(self) -> pd.DataFrame:
        """Return what MLflow may see of the training examples: no texts."""
        return self.train[["id"]]

    def preparation_table(self) -> pd.DataFrame:
        """Return the rows read, dropped and kept, see `Preparation.table`; empty if the source does not say."""
        return pd.DataFrame() if self.preparation is None else self.preparation.table()
