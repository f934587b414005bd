"""The preparation of the data: rows read and dropped, classes, and text lengths."""

from textlab.data.dataset import Dataset
from textlab.data.examples import TEXT_ONLY
from textlab.data.preparation import share
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, sentences, table
from textlab.report.sections.preparation import length_table, prepared

SHOWN_CLASSES = 10  # at each end of many classes, ordered by their training texts


def preparation(findings: ClassificationFindings) -> Fragment:
    """Show the rows read and dropped, the verdict first, then classes, text lengths and the first dropped rows."""
    dataset = findings.data.dataset
    if dataset is None:
        return sentences(findings.data.problem)
    return prepared(dataset.preparation, _contents(dataset))


def _contents(dataset: Dataset) -> list[Fragment]:
    """Show the classes, and the text lengths of each split if there are texts."""
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
    classes, lengths = table(["class", *map(str, counts.index)], rows), dataset.text_lengths()
    return [*note, classes, *_inputs(dataset), *([] if lengths.empty else [length_table(lengths)])]


def _inputs(dataset: Dataset) -> list[Fragment]:
    """Count the values of each input, unless text is the only one."""
    if dataset.inputs == TEXT_ONLY:
        return []
    counts = dataset.input_counts()
    rows = [[Field(str(name)), *(Field(f"{count:,}") for count in row)] for name, row in counts.iterrows()]
    return [table(["input", *map(str, counts.columns)], rows)]
