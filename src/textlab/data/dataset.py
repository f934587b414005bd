"""The dataset that every source returns: labelled examples in three splits."""

import copy
import hashlib
import logging
from dataclasses import dataclass, field
from functools import cached_property
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

RESERVED = {"id", "label", "tags", "group", "time"}  # columns that no model reads


@dataclass(frozen=True, eq=False)  # frames have no truth value; equal datasets have equal digests
class Dataset(TaskDataset):
    """Labelled examples in three splits. If validation or test lacks a class, a warning is logged.

    Attributes:
        name: the name that `textlab.data.load` was given, such as "tweet_eval/sentiment".
        version: the edition of the source, such as the start of a checksum or a generator's number.
        label_names: the classes, in order; a row's `label` is an index into them.
        train, validation, test: frames with the columns `id` (str, unique in the dataset), `label` (int) and one
            column per input (str, see `textlab.inputs`), of which one at least is not blank. If the source knows
            linguistic phenomena or other groups that a row belongs to, `tags` names them, separated by blanks.
        inputs: the columns that a model may read.
        preparation: what was done to the source's rows; None if the source does not say.

    The frames may also have the columns `group` (text, such as the author) and `time` (in UTC, without a time zone, NaT
    where unknown). No model reads them and the digest leaves them out; the audit of a dataset reads them.

    Raises:
        ValueError: a column is missing, an id occurs twice, an input is no string, a row has only blank inputs, a label
            is out of range, a split is empty, the training split lacks a class, or an example occurs in two splits.
    """

    task: ClassVar[str] = "classification"

    name: str
    version: str
    label_names: tuple[str, ...]
    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    inputs: tuple[str, ...] = field(default=TEXT_ONLY, kw_only=True)
    preparation: Preparation | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if len(self.label_names) < 2:
            raise ValueError(
                f"Dataset '{self.name}' has the classes {list(self.label_names)}. A classifier needs at least two."
            )
        if not self.inputs or set(self.inputs) & RESERVED or len(set(self.inputs)) < len(self.inputs):
            raise ValueError(
                f"Dataset '{self.name}' has the inputs {list(self.inputs)}. Name at least one column, each once, "
                "other than id, label, tags, group and time."
            )
        for split, frame in self.splits():
            self._check_split(split, frame)
        if missing := self._missing_labels(self.train):
            raise ValueError(
                f"Dataset '{self.name}': no training example has the label(s) {shortlist(missing)}. Add some, or "
                "remove the label(s)."
            )
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

    def _missing_labels(self, frame: pd.DataFrame) -> list[str]:
        present = set(frame["label"])
        return [f"'{name}'" for label, name in enumerate(self.label_names) if label not in present]

    def _check_split(self, split: str, frame: pd.DataFrame) -> None:
        where = f"Dataset '{self.name}', split '{split}'"
        columns = ["id", *self.inputs, "label"]
        missing = [column for column in columns if column not in frame]
        if missing:
            raise ValueError(
                f"{where}: the column(s) {missing} are missing; it has {list(frame.columns)}. Add or rename them."
            )
        if frame.empty:
            raise ValueError(f"{where}: it has no rows. Each split needs at least one.")
        self._check_inputs(where, frame)
        if not frame["label"].isin(range(len(self.label_names))).all():
            raise ValueError(
                f"{where}: a label is not the index of a class. Number labels from 0 to {len(self.label_names) - 1}."
            )

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

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything that a model could see: classes, ids, inputs, labels and tags of every split."""
        hasher = hashlib.sha256("\x00".join(self.label_names).encode())
        if self.inputs != TEXT_ONLY:  # text is what digests without names stand for
            hasher.update("\x02".join(("", *self.inputs)).encode())
        for split, frame in self.splits():
            columns = ["id", *self.inputs, "label", *(["tags"] if "tags" in frame else [])]
            known = frame[columns].assign(**{column: self._identities(frame, column) for column in self.inputs})
            rows = known.to_json(orient="values", force_ascii=True)
            hasher.update(f"\x01{split}\x00{rows}".encode())
        return hasher.hexdigest()

    def with_training_share(self, share: float, seed: int) -> Self:
        """Return the dataset with a share of its training examples, see `training_share.training_share`."""
        reduced = copy.copy(self)
        reduced.__dict__.pop("digest", None)
        object.__setattr__(reduced, "train", training_share(self.train, share, seed))
        object.__setattr__(reduced, "training_share", self.training_share * share)
        return reduced

    def class_counts(self) -> pd.DataFrame:
        """Count the rows of each class: one row per split, one column per class."""
        counts = {split: frame["label"].value_counts() for split, frame in self.splits()}
        table = pd.DataFrame(counts).reindex(range(len(self.label_names))).fillna(0).astype(int).T
        return table.set_axis(list(self.label_names), axis=1)

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
        """Return the counts of the classes, of the values of inputs other than text, and the lengths of the texts."""
        tables = {"class_counts": self.class_counts()}
        if self.inputs != TEXT_ONLY:
            tables["input_counts"] = self.input_counts()
        lengths = self.text_lengths()
        return tables if lengths.empty else tables | {"text_lengths": lengths}

    def recorded_rows(self) -> pd.DataFrame:
        """Return the class of each training example, without its text."""
        return self.labelled(self.train)[["label"]]

    def labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the inputs of a split's rows with the name of each row's class, for people to read."""
        names = frame["label"].map(dict(enumerate(self.label_names)))
        words = {column: frame[column].map(kind_of(column).in_words) for column in self.inputs}
        return frame[list(self.inputs)].assign(**words, label=names)
