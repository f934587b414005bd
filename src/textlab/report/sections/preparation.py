"""What was done to the data: rows read and dropped, classes, and text lengths."""

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.preparation import Preparation, share
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, sentences, stacked, table

SHOWN = 20  # dropped rows
SHOWN_CLASSES = 10  # at each end of many classes, ordered by their training texts


def preparation(findings: Findings) -> Fragment:
    """Show the rows read and dropped, the verdict first, then classes, text lengths and the first dropped rows."""
    dataset = findings.data.dataset
    if dataset is None:
        return sentences(findings.data.problem)
    done = dataset.preparation
    if done is None:
        return stacked(sentences("The source does not say how many rows it read and dropped."), *_contents(dataset))
    texts = [done.verdict(), *(concern.text for concern in done.concerns)]
    dropped = [] if done.dropped.empty else [_rows(done), _first_dropped(done)]
    return stacked(sentences(*texts), *dropped, *_contents(dataset))


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


def _contents(dataset: Dataset) -> list[Fragment]:
    """Show the classes and the text lengths of each split."""
    counts = dataset.class_counts()
    sizes = counts.sum(axis=1).tolist()
    rows = [[Field("all"), *(Field(f"{size:,}") for size in sizes)]]
    names, note = list(counts.columns), []
    if len(names) > 2 * SHOWN_CLASSES:
        ordered = counts.T.sort_values(str(counts.index[0]), ascending=False, kind="stable").index
        names = [*ordered[:SHOWN_CLASSES], *ordered[-SHOWN_CLASSES:]]
        note = [sentences(f"The {SHOWN_CLASSES} largest and the {SHOWN_CLASSES} smallest of {len(ordered):,} classes:")]
    for name in names:
        of_class = zip(counts[name].tolist(), sizes, strict=True)
        rows.append([Field(str(name)), *(Field(f"{count:,}", note=share(count, size)) for count, size in of_class)])
    return [*note, table(["class", *map(str, counts.index)], rows), _lengths(dataset.text_lengths())]


def _lengths(lengths: pd.DataFrame) -> Fragment:
    rows = [
        [
            Field(str(name)),
            *(Field(f"{row[column]:,}") for column in ("characters", "words")),
            *(Field(str(row[column]), is_number=False) for column in ("id", "text")),
        ]
        for name, row in lengths.iterrows()
    ]
    return table(["text", "characters", "words", Field("id", is_number=False), Field("start", is_number=False)], rows)
