"""What was done to the data between the file and the dataset: rows read, rows dropped and why."""

from dataclasses import dataclass, field

import pandas as pd

from textlab.concerns import Concern

DROPPED_COLUMNS = ("line", "reason", "text", "label")


@dataclass(frozen=True, eq=False)  # frames have no truth value
class Preparation:
    """The way from a source's rows to the rows of a dataset.

    Attributes:
        rows_read: number of rows in the source.
        dropped: a row per dropped row, with the columns of `DROPPED_COLUMNS`.
        concerns: what is unusual about the rows.
    """

    rows_read: int
    dropped: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(DROPPED_COLUMNS)))
    concerns: tuple[Concern, ...] = ()
