"""The account of a dataset's preparation: rows read, rows dropped, and the reasons."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pandas as pd

from textlab.concerns import Concern
from textlab.data.reading.places import first_lines
from textlab.paths import replacing
from textlab.wording import counted

DROPPED_COLUMNS = ("line", "reason", "text", "label")
CORRECTED_COLUMNS = ("split", "id", "given_label", "corrected_label")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # https://owasp.org/www-community/attacks/CSV_Injection


class Reason(StrEnum):
    """Why a row was dropped. The value is what tables show."""

    EMPTY_TEXT = "empty text"
    EMPTY_LABEL = "empty label"
    EMPTY_INPUTS = "all inputs are empty"
    UNUSABLE = "missing or broken file"
    COPY = "copy of another row"
    CONTRADICTION = "same text with another label"
    IN_TEST = "text is also in test"
    IN_VALIDATION = "text is also in validation"
    SAME_ID = "id occurs twice"
    UNREADABLE = "line is not a JSON object"
    OTHER_MODEL = "feedback on another model"
    UNKNOWN_LABEL = "label unknown to the model"
    TOO_LONG = "text is too long"
    NEAR_COPY = "near-copy of another row"
    NEAR_TEST = "near-copy of a test text"
    NEAR_VALIDATION = "near-copy of a validation text"
    IN_TRAIN = "text is also in train"
    NEAR_TRAIN = "near-copy of a training text"
    CORRECTED = "label corrected by a new row"
    NEWEST = "held out as newest"
    REJECTED = "rejected by a person"
    POISONING = "label very unlikely to the champion"
    CALLER = "too many rows of one caller"
    MERGED = "merged with a row of the same text"
    BEYOND_LIMIT = "beyond the limit of held-out queries"
    NOT_RELEVANT = "judged as not relevant"
    UNKNOWN_DOCUMENT = "document is unknown or was dropped"
    UNKNOWN_QUERY = "query is unknown or was dropped"
    UNANSWERED = "query without a relevant document"
    OTHER_SPLIT = "query is judged in a later split"
    JUDGED_TWICE = "pair is judged twice"
    OTHER_TASK = "feedback on another task"
    NOT_KEPT = "an input was not kept"
    UNREADABLE_INPUT = "an input is unreadable"
    PICTURE_IN_TEST = "picture is also in test"
    PICTURE_IN_VALIDATION = "picture is also in validation"


@dataclass(frozen=True, eq=False)  # frames have no truth value
class Preparation:
    """The way from a source's rows to the rows of a dataset.

    Attributes:
        rows_read: number of rows in the source.
        dropped: a row per dropped row, with the columns of `DROPPED_COLUMNS`; `reason` holds values of `Reason`.
        concerns: what is unusual about the rows.
        group_column: the source's name for the column `group` of the frames; "" if they have none.
        time_column: the source's name for the column `time` of the frames; "" if they have none.
        corrected: a row per label that a person has corrected, with the columns of `CORRECTED_COLUMNS`.
    """

    rows_read: int
    dropped: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(DROPPED_COLUMNS)))
    concerns: tuple[Concern, ...] = ()
    group_column: str = ""
    time_column: str = ""
    corrected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CORRECTED_COLUMNS)))

    @property
    def rows_kept(self) -> int:
        """Number of rows in the dataset."""
        return self.rows_read - len(self.dropped)

    def counts(self) -> dict[Reason, int]:
        """Count the dropped rows of each reason, the most frequent first."""
        return {Reason(str(reason)): int(count) for reason, count in self.dropped["reason"].value_counts().items()}

    def lines(self, reasons: Iterable[Reason]) -> str:
        """Name the first lines that were dropped for these reasons, such as "3, 17, 20"."""
        return first_lines(self.dropped.loc[self.dropped["reason"].isin(list(reasons)), "line"])

    def table(self) -> pd.DataFrame:
        """Return a row each for the rows read, the dropped rows of each reason, and the rows kept.

        Returns:
            The columns `rows`, `share` (of the rows read, such as "1.3%") and `first_lines`.
        """
        rows = {"rows read": (self.rows_read, "")}
        rows |= {f"dropped: {reason}": (count, self.lines([reason])) for reason, count in self.counts().items()}
        rows |= {"rows kept": (self.rows_kept, "")}
        rows |= {f"labels corrected in {split}": (count, "") for split, count in self.corrected_counts().items()}
        cells = [(f"{count:,}", share(count, self.rows_read), lines) for count, lines in rows.values()]
        return pd.DataFrame(cells, index=list(rows), columns=["rows", "share", "first_lines"])

    def corrected_counts(self) -> dict[str, int]:
        """Count the corrected labels of each split; splits without one are left out."""
        return {str(split): int(count) for split, count in self.corrected["split"].value_counts(sort=False).items()}

    def verdict(self) -> str:
        """Say how many rows were read and dropped, and why, and how many labels were corrected."""
        read, corrected = f"{self.rows_read:,} rows were read", ""
        if len(self.corrected):
            corrected = f" A person corrected {counted(len(self.corrected), 'label')}."
        if self.dropped.empty:
            return f"{read}, and all are used.{corrected}"
        parts = "; ".join(f"{reason}: {count:,}" for reason, count in self.counts().items())
        dropped = f"{len(self.dropped):,} ({share(len(self.dropped), self.rows_read)}) were dropped ({parts})."
        return f"{read}, and {dropped}{corrected}"


def write_dropped(preparation: Preparation, path: Path, most: int | None = None) -> None:
    """Write the dropped rows as CSV; the file appears only when it is complete.

    Texts and labels that a spreadsheet would take for a formula get an apostrophe in front.

    Args:
        preparation: what was done to the rows.
        path: the file.
        most: the largest number of rows to write; None writes all.
    """
    table = preparation.dropped.head(len(preparation.dropped) if most is None else most)
    harmless = {column: table[column].map(_without_formula) for column in ("text", "label")}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        table.assign(**harmless).to_csv(partial, index=False)


def _without_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def share(count: int, of: int) -> str:
    """Write a share as a percentage, such as "1.3%"; only none is "0.0%", and only all are "100.0%"."""
    percentage = f"{count / max(of, 1):.1%}"
    if percentage == "0.0%" and count:
        return "under 0.1%"
    return "over 99.9%" if percentage == "100.0%" and count < of else percentage
