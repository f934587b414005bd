"""The decisions of the checks about each new row."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from textlab.data.examples import TEXT_ONLY
from textlab.data.preparation import Reason
from textlab.retraining.rows.reading import NewRows

RELEASE, REJECT = "release", "reject"


class Verdicts:
    """The new rows, and what has been decided about each: it is dropped, held for review, or still in use.

    The first reason counts. A person's decision comes before it: a released row is never held, and a rejected row is
    dropped.

    Args:
        new: the rows of each file. Files of labelled texts come before feedback, and feedback is in order of time, so
            that of two copies the first is kept.
        decisions: "release" or "reject" for the ids of rows that a person has decided about.
        inputs: the inputs of the rows.

    Attributes:
        inputs: the inputs of the rows.
        frame: a row per new row, with the columns of `NewRows.frame`, `is_feedback`, `is_held`, and `why`, a sentence
            about a held row.
    """

    def __init__(self, new: Sequence[NewRows], decisions: Mapping[str, str], inputs: Sequence[str] = TEXT_ONLY) -> None:
        self.inputs = tuple(inputs)
        parts = [part.frame.assign(is_feedback=part.is_feedback) for part in new]
        frame = pd.concat(parts, ignore_index=True).assign(is_held=False, why="")
        self.frame = frame.sort_values(["is_feedback", "time"], kind="stable", ignore_index=True)
        self._decided = np.array([decisions.get(identifier, "") for identifier in self.frame["id"]], dtype=object)
        self.drop(self._decided == REJECT, Reason.REJECTED)

    @property
    def in_use(self) -> np.ndarray:
        """Whether each row is neither dropped nor held, bool (n,)."""
        return (self.frame["reason"] == "").to_numpy()

    @property
    def is_released(self) -> np.ndarray:
        """Whether a person has released each row, bool (n,)."""
        return self._decided == RELEASE

    def mask(self, rows: np.ndarray) -> np.ndarray:
        """Return whether each row is at one of the places `rows`, bool (n,)."""
        mask = np.zeros(len(self.frame), dtype=bool)
        mask[rows] = True
        return mask

    def drop(self, which: np.ndarray, reason: Reason) -> None:
        """Drop the rows in use for which `which`, bool (n,), is true."""
        self.frame.loc[which & self.in_use, "reason"] = str(reason)

    def hold(self, which: np.ndarray, reason: Reason, why: "str | pd.Series") -> None:
        """Hold the rows in use for which `which`, bool (n,), is true, except those that a person has released."""
        held = which & self.in_use & ~self.is_released
        self.frame.loc[held, "why"] = why if isinstance(why, str) else why[held]
        self.frame.loc[held, ["reason", "is_held"]] = str(reason), True


def counts_by_origin(frame: pd.DataFrame, column: str) -> dict[str, dict[str, int]]:
    """Count, for each origin, the rows with each value of a column, the most frequent first."""
    counts: dict[str, Counter[str]] = {}
    for origin, value in zip(frame["origin"], frame[column], strict=True):
        counts.setdefault(str(origin), Counter())[str(value)] += 1
    return {origin: dict(of_origin.most_common()) for origin, of_origin in counts.items()}
