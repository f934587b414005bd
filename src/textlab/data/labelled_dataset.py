"""The common part of labelled datasets, whose examples have one label or several."""

import copy
import logging
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Self

import pandas as pd

from textlab.data.examples import TEXT_ONLY
from textlab.data.preparation import Preparation
from textlab.data.task_dataset import TaskDataset
from textlab.data.text_lengths import text_lengths
from textlab.data.training_share import training_share
from textlab.inputs import kind_of
from textlab.wording import shortlist

logger = logging.getLogger(__name__)

RESERVED = {"id", "label", "labels", "tags", "group", "time"}  # columns that no model reads


@dataclass(frozen=True, eq=False)  # frames have no truth value; equal datasets have equal digests
class LabelledDataset(TaskDataset):
    """Labelled examples in three splits. If validation or test lacks a label, a warning is logged.

    Attributes:
        target: the column of what a model learns.
        name: the name that `textlab.data.load` was given, such as "tweet_eval/sentiment".
        version: the edition of the source, such as the start of a checksum or a generator's number.
        label_names: the labels, in order; `target` holds positions in it.
        train, validation, test: frames with the columns `id` (str, unique in the dataset), `target`, and one column per
            input (str, see `textlab.inputs`), of which one at least is not blank. If the source knows linguistic
            phenomena or other groups that a row belongs to, `tags` names them, separated by blanks.
        inputs: the columns that a model may read.
        preparation: what was done to the source's rows; None if the source does not say.

    The frames may also have the columns `group` (text, such as the author) and `time` (in UTC, without a time zone, NaT
    where unknown). No model reads them and the digest leaves them out; the audit of a dataset reads them.

    Raises:
        ValueError: a column is missing, an id occurs twice, an input is no string, a row has only blank inputs, a label
            is out of range, a split is empty, the training split lacks a label, or an example occurs in two splits.
    """

    target: ClassVar[str]

    name: str
    version: str
    label_names: tuple[str, ...]
    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    inputs: tuple[str, ...] = field(default=TEXT_ONLY, kw_only=True)
    preparation: Preparation | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        self._check_label_names()
        if not self.inputs or set(self.inputs) & RESERVED or len(set(self.inputs)) < len(self.inputs):
            raise ValueError(
                f"Dataset '{self.name}' has the inputs {list(self.inputs)}. Name at least one column, each once, "
                "other than id, label, labels, tags, group and time."
            )
        for split, frame in self.splits():
            self._check_split(split, frame)
        self._check_training_labels()
        ids = pd.concat([frame["id"] for _, frame in self.splits()])
        if ids.duplicated().any():
            raise ValueError(
                f"Dataset '{self.name}': the id {ids[ids.duplicated()].iloc[0]!r} occurs twice. Make ids unique across "
                "the splits."
            )
        self._check_splits_are_disjoint()
        for split, frame in self.splits():
            if missing := self._missing_labels(frame):
                logger.warning(
                    "Dataset '%s', split '%s': no example has the label(s) %s, so its scores do not cover them.",
                    self.name,
                    split,
                    shortlist(missing),
                )

    @abstractmethod
    def _check_label_names(self) -> None:
        """Raise ValueError if there are too few labels, or if they cannot be told apart."""

    @abstractmethod
    def _check_targets(self, where: str, frame: pd.DataFrame) -> None:
        """Raise ValueError if the column `target` holds a wrong value; `where` begins the message."""

    @abstractmethod
    def label_counts(self, frame: pd.DataFrame) -> list[int]:
        """Count the rows of a frame that have each label."""

    def _check_training_labels(self) -> None:
        if missing := self._missing_labels(self.train):
            raise ValueError(
                f"Dataset '{self.name}': no training example has the label(s) {shortlist(missing)}. Add some, or "
                "remove the label(s)."
            )

    def _missing_labels(self, frame: pd.DataFrame) -> list[str]:
        return [
            f"'{name}'" for name, count in zip(self.label_names, self.label_counts(frame), strict=True) if not count
        ]

    def _check_split(self, split: str, frame: pd.DataFrame) -> None:
        where = f"Dataset '{self.name}', split '{split}'"
        columns = ["id", *self.inputs, self.target]
        missing = [column for column in columns if column not in frame]
        if missing:
            raise ValueError(
                f"{where}: the column(s) {missing} are missing; it has {list(frame.columns)}. Add or rename them."
            )
        if frame.empty:
            raise ValueError(f"{where}: it has no rows. Each split needs at least one.")
        self._check_inputs(where, frame)
        self._check_targets(where, frame)

    def _check_inputs(self, where: str, frame: pd.DataFrame) -> None:
        blank = pd.Series(True, frame.index)
        for column in self.inputs:
            is_string = frame[column].map(lambda value: isinstance(value, str)).astype(bool)
            if not is_string.all():
                id_, value = frame.loc[~is_string, ["id", column]].iloc[0]
                raise ValueError(
                    f"{where}: the {column} of id {id_!r} has the type {type(value).__name__}. Write a string, "
                    "an empty one for a missing value."
                )
            blank &= frame[column].map(kind_of(column).is_blank).astype(bool)
        if blank.any():
            raise ValueError(
                f"{where}: the {' and the '.join(self.inputs)} of id {frame.loc[blank, 'id'].iloc[0]!r} is empty. "
                "Remove such rows first."
            )

    def _check_splits_are_disjoint(self) -> None:
        owner: dict[tuple[str, ...], str] = {}
        for split, frame in self.splits():
            for example in set(zip(*(self._identities(frame, column) for column in self.inputs), strict=True)):
                if owner.setdefault(example, split) != split:
                    raise ValueError(
                        f"Dataset '{self.name}': an example occurs in both '{owner[example]}' and '{split}'. Remove "
                        "duplicates before splitting."
                    )

    def _identities(self, frame: pd.DataFrame, column: str) -> pd.Series:
        return frame[column].map(kind_of(column).identity)

    def _known_rows(self, frame: pd.DataFrame) -> str:
        """Return what a model could see of a split's rows, as JSON: ids, inputs, labels and tags."""
        columns = ["id", *self.inputs, self.target, *(["tags"] if "tags" in frame else [])]
        known = frame[columns].assign(**{column: self._identities(frame, column) for column in self.inputs})
        rows: str = known.to_json(orient="values", force_ascii=True)
        return rows

    def with_training_share(self, share: float, seed: int) -> Self:
        """Return the dataset with a share of its training examples, see `training_share.training_share`."""
        reduced = copy.copy(self)
        reduced.__dict__.pop("digest", None)
        object.__setattr__(reduced, "train", training_share(self.train, share, seed))
        object.__setattr__(reduced, "training_share", self.training_share * share)
        return reduced

    def class_counts(self) -> pd.DataFrame:
        """Count the rows that have each label: one row per split, one column per label."""
        counts = {split: self.label_counts(frame) for split, frame in self.splits()}
        return pd.DataFrame.from_dict(counts, orient="index", columns=list(self.label_names))

    def text_lengths(self) -> pd.DataFrame:
        """Return the shortest and the longest text of each split, see `text_lengths.text_lengths`."""
        return text_lengths((split, frame[["id", *self.inputs]]) for split, frame in self.splits())

    def input_counts(self) -> pd.DataFrame:
        """Count the values of each input: a row per split and input, columns `present`, `missing` and `distinct`."""
        rows = {}
        for split, frame in self.splits():
            for column in self.inputs:
                present = frame.loc[~frame[column].map(kind_of(column).is_blank).astype(bool)]
                distinct = self._identities(present, column).nunique()
                rows[f"{split}, {column}"] = (len(present), len(frame) - len(present), distinct)
        return pd.DataFrame.from_dict(rows, orient="index", columns=["present", "missing", "distinct"])

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the counts of the labels, of the values of inputs other than text, and the lengths of the texts."""
        tables = {"class_counts": self.class_counts()}
        if self.inputs != TEXT_ONLY:
            tables["input_counts"] = self.input_counts()
        lengths = self.text_lengths()
        return tables if lengths.empty else tables | {"text_lengths": lengths}

    @abstractmethod
    def labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the inputs of a split's rows and, in the column `label`, the name of what each row has, for people."""

    def recorded_rows(self) -> pd.DataFrame:
        """Return the labels of each training example, without its text."""
        return self.labelled(self.train)[["label"]]

    def _words(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the inputs of a split's rows, for people to read."""
        words = {column: frame[column].map(kind_of(column).in_words) for column in self.inputs}
        return frame[list(self.inputs)].assign(**words)
