"""What every data source hands over: one frozen dataset with three splits."""

import copy
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

logger = logging.getLogger(__name__)

SPLITS = ("train", "validation", "test")
COLUMNS = ("id", "text", "label")


@dataclass(frozen=True, eq=False)  # frames have no truth value; two datasets are the same by their `digest`
class Dataset:
    """Labelled texts in three splits. A class that validation or test lacks is logged as a warning.

    Attributes:
        name: what `textlab.data.load` was asked for, e.g. "tweet_eval/sentiment".
        version: which edition of the source this is, e.g. the start of a checksum or a generator's number.
        label_names: the classes in order; a row's `label` is an index into them.
        train, validation, test: frames with the columns `id` (str, unique in the dataset), `text` (str, not
            empty) and `label` (int), and, where the source knows the phenomena in a text, `tags` (str, names
            separated by blanks).

    Raises:
        ValueError: a column is missing, an id comes twice, a text is empty, a label is out of range, a split
            is empty, the training split lacks a class, or a text stands in two splits.
    """

    name: str
    version: str
    label_names: tuple[str, ...]
    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame

    def __post_init__(self) -> None:
        if len(self.label_names) < 2:
            raise ValueError(
                f"Dataset '{self.name}' has the classes {list(self.label_names)}; a classifier needs at least two."
            )
        for split, frame in self.splits():
            self._check_split(split, frame)
        if missing := self._missing_labels(self.train):
            raise ValueError(f"Dataset '{self.name}': no training text has the label(s) {missing}.")
        ids = pd.concat([frame["id"] for _, frame in self.splits()])
        if ids.duplicated().any():
            raise ValueError(f"Dataset '{self.name}': the id {ids[ids.duplicated()].iloc[0]!r} comes twice.")
        self._check_no_text_straddles()
        for split, frame in self.splits():
            if missing := self._missing_labels(frame):
                logger.warning(
                    "Dataset '%s', split '%s': no text has the label(s) %s; scores there say nothing about them.",
                    self.name,
                    split,
                    missing,
                )

    def _missing_labels(self, frame: pd.DataFrame) -> list[str]:
        present = set(frame["label"])
        return [name for label, name in enumerate(self.label_names) if label not in present]

    def _check_split(self, split: str, frame: pd.DataFrame) -> None:
        where = f"Dataset '{self.name}', split '{split}'"
        missing = [column for column in COLUMNS if column not in frame]
        if missing:
            raise ValueError(f"{where}: the column(s) {missing} are missing; it has {list(frame.columns)}.")
        if frame.empty:
            raise ValueError(f"{where}: it has no rows.")
        empty = frame["text"].isna() | (frame["text"].str.strip() == "")
        if empty.any():
            raise ValueError(f"{where}: the text of id {frame.loc[empty, 'id'].iloc[0]!r} is empty.")
        if not frame["label"].isin(range(len(self.label_names))).all():
            raise ValueError(f"{where}: labels must be 0 to {len(self.label_names) - 1}, the index of a class.")

    def _check_no_text_straddles(self) -> None:
        owner: dict[str, str] = {}
        for split, frame in self.splits():
            for text in set(frame["text"]):
                if owner.setdefault(text, split) != split:
                    raise ValueError(
                        f"Dataset '{self.name}': a text stands in both '{owner[text]}' and '{split}'; "
                        "remove duplicates before splitting."
                    )

    def splits(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The three splits by name, in order."""
        for split in SPLITS:
            yield split, getattr(self, split)

    def named(self, name: str) -> "Dataset":
        """The same dataset under another name; its rows are not checked again."""
        renamed = copy.copy(self)
        object.__setattr__(renamed, "name", name)
        return renamed

    @cached_property
    def digest(self) -> str:
        """A sha256 over everything a model could see: classes, ids, texts, labels and tags of every split."""
        hasher = hashlib.sha256("\x00".join(self.label_names).encode())
        for split, frame in self.splits():
            columns = [*COLUMNS, *(["tags"] if "tags" in frame else [])]
            rows = frame[columns].to_json(orient="values", force_ascii=True)
            hasher.update(f"\x01{split}\x00{rows}".encode())
        return hasher.hexdigest()

    def class_counts(self) -> pd.DataFrame:
        """Rows a class and split: a row for each split, a column for each class."""
        counts = {split: frame["label"].value_counts() for split, frame in self.splits()}
        table = pd.DataFrame(counts).reindex(range(len(self.label_names))).fillna(0).astype(int).T
        return table.set_axis(list(self.label_names), axis=1)

    def labelled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of one of the splits for people: the text, and the class by name."""
        names = frame["label"].map(dict(enumerate(self.label_names)))
        return pd.DataFrame({"text": frame["text"], "label": names})
