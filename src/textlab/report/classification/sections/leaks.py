"""Leaks and shortcuts in the data."""

from textlab.evaluation.leaks import Leaks
from textlab.evaluation.leaks.copies import SAME, Copies
from textlab.inputs import plural_of
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, points, sentences, stacked, table

LISTED = 20  # copies in a table


def leaks(findings: ClassificationFindings) -> Fragment:
    """State the leaks and shortcuts, what was checked, and the numbers behind both."""
    if findings.data.audit is None:
        return sentences(findings.data.problem)
    found = findings.data.audit.leaks
    parts = [sentences(*_verdict(found)), _shortcuts(found), _near_duplicates(found)]
    parts += [*map(_copies, found.copies), _labels(found), _authors(found)]
    return stacked(*(part for part in parts if part.html))


def _verdict(found: Leaks) -> list[str]:
    """Return the concerns, and what was checked."""
    serious = [concern.text for concern in found.concerns if concern.is_serious]
    others = [concern.text for concern in found.concerns if not concern.is_serious]
    checked = ["near-duplicates across splits"] if found.near_duplicates or found.copies else []
    checked += ["tokens, marks, lengths, numbers and dates that give the label away"] if found.shortcuts else []
    checked += ["ids", *(["whether the labels of all splits agree"] if found.labels else [])]
    checked += ["authors"] if found.authors else []
    checked += ["time"] if found.has_time else []
    missing = [name for name, known in (("authors", found.authors), ("time", found.has_time)) if not known]
    not_checked = f" Not checked, because no column states it: {' and '.join(missing)}." if missing else ""
    verdict = serious or [f"No {'serious ' if others else ''}leak or shortcut was found."]
    return [*verdict, *others, f"Checked: {', '.join(checked)}.{not_checked}"]


def _shortcuts(found: Leaks) -> Fragment:
    if found.shortcuts is None or found.shortcuts.table.empty:
        return Fragment("")
    numbers = ["training texts", "precision", "recall", "other words alone", "precision on test", "recall on test"]
    headings: list[str | Field] = ["mark", Field("class", is_number=False), *numbers]
    rows = [
        [
            Field(row["clue"]),
            Field(row["label"], is_number=False),
            Field(f"{row['texts']:,}"),
            *(Field(points(row[name])) for name in ("precision", "recall", "others", "test_precision", "test_recall")),
        ]
        for row in found.shortcuts.table.to_dict("records")
    ]
    return table(headings, rows)


def _near_duplicates(found: Leaks) -> Fragment:
    if found.near_duplicates is None:
        return Fragment("")
    headings = ["split", "texts", "alike", "copies", "copies, %", "copies within train, %"]
    rows = [
        [
            Field(str(split)),
            *(Field(f"{row[name]:,}") for name in ("texts", "alike", "copies")),
            *(Field(points(row[name])) for name in ("share", "expected")),
        ]
        for split, row in found.near_duplicates.table.to_dict("index").items()
    ]
    return table(headings, rows, folded="Near-duplicates of training texts")


def _copies(found: Copies) -> Fragment:
    """Count the copies of training values, and list the most alike ones."""
    plural = plural_of(found.name)
    counts = [
        [
            Field(str(split)),
            *(Field(f"{row[name]:,}") for name in ("values", "same", "alike")),
            *(Field(points(row[name])) for name in ("share", "expected")),
        ]
        for split, row in found.table.to_dict("index").items()
    ]
    headings = ["split", plural, "same content", "alike", "both, %", "both within train, %"]
    counted = table(headings, counts, folded=f"Copies of training {plural}")
    if found.pairs.empty:
        return counted
    cells = found.pairs.head(LISTED).to_dict("records")
    pairs = [
        [
            *(Field(row[name], is_number=False) for name in ("split", "id", "label", "train_id", "train_label")),
            Field("same content" if row["bits"] == SAME else str(row["bits"])),
        ]
        for row in cells
    ]
    listed: list[str | Field] = [
        "split",
        *(Field(name, is_number=False) for name in ("id", "class", "id in train", "class")),
    ]
    return stacked(counted, table([*listed, "bits apart"], pairs, folded=f"The most alike {plural}"))


def _labels(found: Leaks) -> Fragment:
    if found.labels is None:
        return Fragment("")
    headings = ["split", "texts", "macro recall of a words model fitted on train", "fitted within the split"]
    rows = [
        [Field(str(split)), Field(f"{row['texts']:,.0f}"), *(Field(points(row[n])) for n in ("from_train", "within"))]
        for split, row in found.labels.scores.to_dict("index").items()
    ]
    return table(headings, rows, folded="Whether words predict the labels of each split")


def _authors(found: Leaks) -> Fragment:
    if found.authors is None:
        return Fragment("")
    rows = [
        [Field(str(split)), *(Field(f"{row[name]:,}") for name in ("texts", "authors", "shared"))]
        for split, row in found.authors.table.to_dict("index").items()
    ]
    return table(["split", "texts", "authors", "texts by authors of train"], rows, folded="Authors")
