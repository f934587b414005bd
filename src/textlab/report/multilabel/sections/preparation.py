"""The preparation of the data: rows read and dropped, labels, sizes of label sets, text lengths, and copies."""

from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.preparation import share
from textlab.report.html import Field, Fragment, points, sentences, stacked, table
from textlab.report.multilabel.findings import MultilabelFindings
from textlab.report.sections.preparation import length_table, prepared

SHOWN_LABELS = 20  # with more labels, the most frequent ones are shown


def preparation(findings: MultilabelFindings) -> Fragment:
    """Show the rows read and dropped, the verdict first, then labels, sizes of label sets and text lengths."""
    dataset = findings.data.dataset
    if dataset is None:
        return sentences(findings.data.problem)
    lengths = dataset.text_lengths()
    parts = [*_labels(dataset), _sizes(dataset), *([] if lengths.empty else [length_table(lengths)])]
    return prepared(dataset.preparation, parts)


def _labels(dataset: MultilabelDataset) -> list[Fragment]:
    """Count the examples with each label."""
    counts = dataset.class_counts().T
    sizes = [len(frame) for _, frame in dataset.splits()]
    ordered = counts.sort_values("train", ascending=False, kind="stable")
    rows = [[Field("all"), *(Field(f"{size:,}") for size in sizes)]]
    for name, row in ordered.head(SHOWN_LABELS).iterrows():
        of_label = zip(row.tolist(), sizes, strict=True)
        rows.append([Field(str(name)), *(Field(f"{count:,}", note=share(count, size)) for count, size in of_label)])
    note = f"The {SHOWN_LABELS} most frequent of {len(ordered):,} labels:"
    return [*([sentences(note)] if len(ordered) > SHOWN_LABELS else []), table(["label", *map(str, counts)], rows)]


def _sizes(dataset: MultilabelDataset) -> Fragment:
    """Count the examples without a label, with one and with several."""
    rows = [
        [
            Field(str(split)),
            *(Field(f"{int(row[column]):,}") for column in ("without_label", "one_label", "several_labels")),
            Field(f"{row['labels_per_example']:.2f}"),
            Field(f"{int(row['distinct_sets']):,}"),
        ]
        for split, row in dataset.label_sets().to_dict("index").items()
    ]
    return table(
        ["split", "no label", "one label", "several labels", "labels per example", "distinct label sets"], rows
    )


def copies(findings: MultilabelFindings) -> Fragment:
    """State whether validation and test hold copies of training texts."""
    found = findings.data.near_duplicates
    if found is None:
        return sentences(findings.data.problem or "The dataset has no texts, so copies were not looked for.")
    rows = [
        [
            Field(str(split)),
            *(Field(f"{row[name]:,}") for name in ("texts", "alike", "copies")),
            Field(points(row["share"])),
        ]
        for split, row in found.table.to_dict("index").items()
    ]
    verdict = [concern.text for concern in found.concerns] or ["Validation and test hold no more copies than chance."]
    headings = ["split", "texts compared", "like a training text", "copies", "copies, %"]
    return stacked(sentences(*verdict), table(headings, rows))
