"""The confusion matrix with an example in each field, for inputs that can be seen at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from textlab.evaluation.classification.class_scores import confused_pairs
from textlab.evaluation.classification.predictions import confidence_of, input_columns
from textlab.inputs import kind_of
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Fragment, render, sentences, stacked
from textlab.report.shown_examples import ShownExamples, Value

MOST_CLASSES = 12  # with more classes, the most confused pairs are shown in place of the matrix
MAXIMUM_PAIRS = 12
PER_PAIR = 4  # examples of a pair
PAIRS = "The table shows the most confused pairs of classes of {}, with the most confident mistakes of each."
MATRIX = (
    "Rows are true classes and columns are predicted classes of {}. Each field has the number of examples, their share "
    "of the row, and the most confident one. Framed fields are right."
)


@dataclass(frozen=True)
class Cell:
    """A field of a table with examples.

    Attributes:
        text: the number.
        note: the line below it.
        values: the examples.
        kind: "right" on the diagonal, "none" for a field without examples.
    """

    text: str
    note: str = ""
    values: Sequence[Value] = ()
    kind: str = ""


def confused_examples(findings: ClassificationFindings) -> Fragment:
    """Show the champion's confusion matrix with its most confident examples; nothing if no input has thumbnails."""
    frame = findings.champion_entry.test
    inputs = [name for name in input_columns(frame) if kind_of(name).has_thumbnails]
    if not inputs:
        return Fragment("")
    shown, rows = ShownExamples(inputs), _examples(frame, inputs)
    is_many = len(findings.label_names) > MOST_CLASSES
    filled = _pairs(frame, rows, shown) if is_many else _matrix(findings.label_names, rows, shown)
    about = (PAIRS if is_many else MATRIX).format(findings.champion.name)
    return stacked(sentences(about), filled, sentences(*filter(None, [shown.note]), kind="note"))


def _examples(frame: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame:
    """Return the examples, the most confident first; those that lack a value come last."""
    blank = pd.concat([frame[name].fillna("").map(kind_of(name).is_blank) for name in inputs], axis=1).any(axis=1)
    known = frame.assign(_blank=blank, _confidence=confidence_of(frame))
    return known.sort_values(["_blank", "_confidence"], ascending=[True, False], kind="stable")


def _values(rows: pd.DataFrame, count: int, shown: ShownExamples) -> list[Value]:
    found: list[Value] = []
    for row in rows.head(count).to_dict("records"):
        about = f"Example {row['id']}, labelled {row['label']}, predicted {row['predicted']}"
        found += shown.values(row, f"{about}: {row['text']}" if row.get("text") else about)
    return found


def _matrix(names: Sequence[str], rows: pd.DataFrame, shown: ShownExamples) -> Fragment:
    table = []
    for label in names:
        of_label = rows[rows["label"] == label]
        cells = []
        for predicted in names:
            part = of_label[of_label["predicted"] == predicted]
            kind = "right" if label == predicted else ("" if len(part) else "none")
            share = f"{100 * len(part) / len(of_label):.0f}%" if len(part) else ""
            cells.append(Cell(f"{len(part):,}", share, _values(part, 1, shown), kind))
        table.append((label, cells))
    return render("example_table", headings=["true class", *(f"predicted {name}" for name in names)], rows=table)


def _pairs(frame: pd.DataFrame, rows: pd.DataFrame, shown: ShownExamples) -> Fragment:
    table = []
    for pair in confused_pairs(frame).head(MAXIMUM_PAIRS).to_dict("records"):
        part = rows[(rows["label"] == pair["label"]) & (rows["predicted"] == pair["predicted"])]
        count = Cell(f"{pair['count']:,}", f"{100 * pair['share']:.0f}% of {pair['texts']:,}")
        examples = [Cell("", values=_values(part.iloc[[row]], 1, shown)) for row in range(min(PER_PAIR, len(part)))]
        blank = [Cell("", kind="none")] * (PER_PAIR - len(examples))
        table.append((pair["label"], [Cell(pair["predicted"]), count, *examples, *blank]))
    headings = ["true class", "predicted class", "mistakes", *(f"example {row + 1}" for row in range(PER_PAIR))]
    return render("example_table", headings=headings, rows=table)
