"""The dataset of texts with several labels: any number of labels per row, or none."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from textlab.data.label_words import named
from textlab.data.labelled_dataset import LabelledDataset
from textlab.wording import shortlist


@dataclass(frozen=True, eq=False)  # frames have no truth value; equal datasets have equal digests
class MultilabelDataset(LabelledDataset):
    """Examples with any number of labels each. If validation or test lacks a label, a warning is logged.

    Attributes:
        label_names: the labels, in order. The frames have the column `labels`: a sorted tuple of positions (int) in it,
            each at most once; () for an example without a label.

    `LabelledDataset` describes the other attributes and the errors. A training split also needs an example without each
    of the labels.
    """

    task: ClassVar[str] = "multilabel"
    target: ClassVar[str] = "labels"

    def _check_label_names(self) -> None:
        if len(self.label_names) < 2:
            raise ValueError(
                f"Dataset '{self.name}' has the labels {list(self.label_names)}. Several labels per text need at least "
                "two; with one, write yes or no for each text and use it as a class (option label=)."
            )

    def _check_targets(self, where: str, frame: pd.DataFrame) -> None:
        known = range(len(self.label_names))
        for id_, labels in zip(frame["id"], frame["labels"], strict=True):
            is_sorted = isinstance(labels, tuple) and list(labels) == sorted(set(labels))
            if not is_sorted or any(label not in known for label in labels):
                raise ValueError(
                    f"{where}: the labels of id {id_!r} are {labels!r}. Write a sorted tuple of numbers from 0 to "
                    f"{len(known) - 1}, each at most once, and () for no label."
                )

    def label_counts(self, frame: pd.DataFrame) -> list[int]:
        """Count the rows of a frame that have each label."""
        return [int(count) for count in indicator(frame["labels"], len(self.label_names)).sum(axis=0)]

    def _check_training_labels(self) -> None:
        super()._check_training_labels()
        counts = zip(self.label_names, self.label_counts(self.train), strict=True)
        if everywhere := [f"'{name}'" for name, count in counts if count == len(self.train)]:
            raise ValueError(
                f"Dataset '{self.name}': every training example has the label(s) {shortlist(everywhere)}, so there is "
                "nothing to learn about them. Add examples without them, or remove the label(s)."
            )

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything that a model could see: labels, ids, inputs and tags of every split."""
        hasher = hashlib.sha256(json.dumps([self.task, self.label_names, self.inputs]).encode())
        for split, frame in self.splits():
            hasher.update(f"\x01{split}\x00{self._known_rows(frame)}".encode())
        return hasher.hexdigest()

    def label_sets(self) -> pd.DataFrame:
        """Count the labels that examples have.

        Returns:
            A row per split, with the columns `examples`, `without_label`, `one_label`, `several_labels`,
            `labels_per_example` (the mean) and `distinct_sets`.
        """
        rows = {}
        for split, frame in self.splits():
            sizes = frame["labels"].map(len).to_numpy()
            rows[split] = {
                "examples": len(frame),
                "without_label": int((sizes == 0).sum()),
                "one_label": int((sizes == 1).sum()),
                "several_labels": int((sizes > 1).sum()),
                "labels_per_example": float(sizes.mean()),
                "distinct_sets": len(set(frame["labels"])),
            }
        return pd.DataFrame.from_dict(rows, orient="index")

    def co_occurrence(self, split: str = "train") -> pd.DataFrame:
        """Count the examples of a split that have both labels of each pair; the diagonal counts single labels.

        Returns:
            int (k, k), with the labels as index and columns.
        """
        has = indicator(getattr(self, split)["labels"], len(self.label_names)).astype(np.int64)
        return pd.DataFrame(has.T @ has, index=list(self.label_names), columns=list(self.label_names))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables of `LabelledDataset`, the sizes of label sets, and the labels that occur together."""
        return {**super().tables(), "label_sets": self.label_sets(), "co_occurrence": self.co_occurrence()}

    def labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the inputs of a split's rows with the names of each row's labels in one text, for people to read."""
        return self._words(frame).assign(label=[named(labels, self.label_names) for labels in frame["labels"]])


def indicator(labels: Iterable[Sequence[int]], count: int) -> np.ndarray:
    """Return which labels each of n rows has, bool (n, count)."""
    sets = list(labels)
    has = np.zeros((len(sets), count), dtype=bool)
    rows = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    has[rows, np.array([label for each in sets for label in each], dtype=np.intp)] = True
    return has
