"""The preparation of the data: rows read and dropped."""

from collections.abc import Sequence

import pandas as pd

from textlab.data.preparation import Preparation
from textlab.report.html import Field, Fragment, sentences, stacked, table

SHOWN = 20  # number of dropped rows, and of corrected labels, that are shown


def prepared(done: Preparation | None, contents: Sequence[Fragment]) -> Fragment:
    """Show the verdict, the rows read and dropped, the corrected labels, and the contents.

    Args:
        done: what was done to the rows; None if the source does not say.
        contents: what the dataset holds.
    """
    if done is None:
        return stacked(sentences("The source does not say how many rows it read and dropped."), *contents)
    texts = [done.verdict(), *(concern.text for concern in done.concerns)]
    rows = [] if done.dropped.empty and done.corrected.empty else [_rows(done)]
    dropped = [] if done.dropped.empty else [_first_dropped(done)]
    corrected = [] if done.corrected.empty else [_first_corrected(done)]
    return stacked(sentences(*texts), *rows, *dropped, *corrected, *contents)


def length_table(lengths: pd.DataFrame) -> Fragment:
    """Show the shortest and the longest texts, see `text_lengths.text_lengths`."""
    rows = [
        [
            Field(str(name)),
            *(Field(f"{row[column]:,}") for column in ("characters", "words")),
            *(Field(str(row[column]), is_number=False) for column in ("id", "text")),
        ]
        for name, row in lengths.to_dict("index").items()
    ]
    return table(["text", "characters", "words", Field("id", is_number=False), Field("start", is_number=False)], rows)


def _rows(done: Preparation) -> Fragment:
    rows = [
        [Field(str(name)), Field(row["rows"]), Field(row["share"]), Field(row["first_lines"], is_number=False)]
        for name, row in done.table().iterrows()
    ]
    return table(["rows", "number", "share", Field("first lines", is_number=False)], rows)


def _first_dropped(done: Preparation) -> Fragment:
    rows = [
        [Field(str(row[column]), is_number=False) for column in ("line", "reason", "label", "text")]
        for _, row in done.dropped.head(SHOWN).iterrows()
    ]
    count = len(done.dropped)
    title = f"The first {SHOWN} of {count:,} dropped rows" if count > SHOWN else f"The {count} dropped row(s)"
    headings = [Field(heading, is_number=False) for heading in ("line", "reason", "label", "text")]
    return table(headings, rows, folded=title)


def _first_corrected(done: Preparation) -> Fragment:
    columns = [str(column).replace("_", " ") for column in done.corrected]
    rows = [[Field(str(value), is_number=False) for value in row] for row in done.corrected.head(SHOWN).to_numpy()]
    count = len(done.corrected)
    title = f"The first {SHOWN} of {count:,} corrected labels" if count > SHOWN else f"The {count} corrected label(s)"
    return table([Field(column, is_number=False) for column in columns], rows, folded=title)
