"""The rows that a source drops, collected while it reads."""

import logging
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from textlab.concerns import Concern
from textlab.data.examples import TEXT_ONLY
from textlab.data.label_words import named
from textlab.data.preparation import DROPPED_COLUMNS, Preparation, Reason
from textlab.data.preparation_concerns import kept_contradictions, preparation_concerns
from textlab.data.reading.places import first_lines
from textlab.inputs import kind_of

logger = logging.getLogger(__name__)

Mask = Sequence[bool] | np.ndarray | pd.Series


class PreparationLog:
    """Collects the rows that a source drops.

    The functions of `split` that drop rows report them here. Each row is known by its label in the frame's index, so
    the index must hold the line of each row in the source.

    Args:
        name: the dataset's name, for log messages.
        rows_read: number of rows in the source.
        label_names: the classes, in order; () for a task without classes.
        inputs: the columns that models read.
    """

    def __init__(
        self, name: str, rows_read: int, label_names: Sequence[str] = (), inputs: Sequence[str] = TEXT_ONLY
    ) -> None:
        self.name, self.rows_read, self.label_names, self.inputs = name, rows_read, tuple(label_names), tuple(inputs)
        self.concerns: list[Concern] = []
        self._dropped: list[pd.DataFrame] = []

    def drop(self, frame: pd.DataFrame, is_dropped: Mask, reason: Reason) -> pd.DataFrame:
        """Record the rows that are dropped, and return the others.

        Args:
            frame: n rows with the inputs and the column `label`: a class's number, a tuple of labels, or a name that is
                no class.
            is_dropped: n truth values.
            reason: why the rows are dropped.
        """
        mask = np.asarray(is_dropped, dtype=bool)
        gone = frame[mask].sort_index(key=_positions)
        if not gone.empty:
            lines = gone.index.to_list()
            labels = [self._named(label) for label in gone["label"]]
            columns = {"line": lines, "reason": str(reason), "text": self._words(gone), "label": labels}
            self._dropped.append(pd.DataFrame(columns, columns=list(DROPPED_COLUMNS), dtype=object))
            is_blank = reason in (Reason.EMPTY_TEXT, Reason.EMPTY_LABEL, Reason.EMPTY_INPUTS, Reason.UNUSABLE)
            level = logging.WARNING if is_blank else logging.INFO
            message = "%s: dropped %d row(s): %s; first line(s): %s"
            logger.log(level, message, self.name, len(lines), reason, first_lines(lines))
        return frame[~mask]

    def _named(self, label: str | int | tuple[int, ...]) -> str:
        if isinstance(label, str):
            return label
        return named(label, self.label_names) if isinstance(label, tuple) else self.label_names[label]

    def _words(self, frame: pd.DataFrame) -> list[str]:
        """Return the first input of each row, for people to read."""
        name = self.inputs[0]
        return frame[name].fillna("").astype(str).map(kind_of(name).in_words).to_list()

    def keep_contradictions(self, frame: pd.DataFrame) -> None:
        """Record rows that are kept although their text has several labels; `frame` holds these rows."""
        if not frame.empty:
            self.concerns.append(kept_contradictions(frame.sort_index(key=_positions).index, self.rows_read))

    def preparation(self, parts: Iterable[pd.DataFrame], group_column: str = "", time_column: str = "") -> Preparation:
        """Return what was recorded, with the concerns that follow from it.

        Args:
            parts: the frames of the dataset.
            group_column, time_column: see `Preparation`.
        """
        dropped = pd.concat(self._dropped) if self._dropped else Preparation(0).dropped
        dropped = dropped.sort_values("line", key=_positions, kind="stable", ignore_index=True)
        bare = Preparation(self.rows_read, dropped, (), group_column, time_column)
        kept = {}
        if self.label_names:
            labels = pd.concat([part["label"].explode() for part in parts])
            kept = {name: int((labels == label).sum()) for label, name in enumerate(self.label_names)}
        concerns = (*self.concerns, *preparation_concerns(bare, kept))
        return Preparation(self.rows_read, dropped, concerns, group_column, time_column)


def _positions(lines: "pd.Index | pd.Series") -> "pd.Index | pd.Series":
    """Return what sorts lines as they stand in the source; a line is a number, or "file:number"."""
    cut = [str(line).rpartition(":") for line in lines]
    keys = [f"{file}:{line:0>12}" for file, _, line in cut]
    return pd.Index(keys, dtype=object) if isinstance(lines, pd.Index) else pd.Series(keys, lines.index, dtype=object)
