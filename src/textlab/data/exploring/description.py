"""Describe a dataset in tables for a terminal or a notebook."""

import re
from collections.abc import Mapping

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from textlab.data.examples import TEXT_ONLY
from textlab.data.label_words import NO_LABEL
from textlab.data.labelled_dataset import LabelledDataset
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.split import duplicate_keys
from textlab.data.task_dataset import TaskDataset

EXAMPLES = 3
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def description(dataset: TaskDataset) -> RenderableType:
    """Describe a dataset for `rich`.

    The parts: the task, the digest, rows read and dropped, concerns, counts per split (of classes, or of queries and
    their relevant documents), text lengths with the shortest and the longest texts, duplicates, and three examples.

    Raises:
        ValueError: the dataset is of a task that has no description.
    """
    title = Text.assemble(
        (dataset.name, "bold"), f", version {dataset.version}, for the task {dataset.task}", overflow="fold"
    )
    parts = [Text(f"digest {dataset.digest}", overflow="fold"), *_preparation(dataset)]
    if isinstance(dataset, LabelledDataset):
        tables: list[RenderableType] = [_classes(dataset), *_inputs(dataset), *_texts(_read(dataset))]
        lengths, examples = dataset.text_lengths(), _examples(dataset)
    elif isinstance(dataset, RetrievalDataset):
        tables = [
            _counts(dataset),
            *_fields(dataset),
            *_texts({"documents": dataset.documents, **dict(dataset.splits())}),
        ]
        lengths, examples = dataset.text_lengths(), _answered_queries(dataset)
    else:
        raise ValueError(f"{dataset.name} is for the task {dataset.task}, which has no description. Add one.")
    parts += [*tables, *([] if lengths.empty else [_extremes(lengths)])]
    return Group(title, *(each for part in parts for each in (part, "")), *examples)


def _preparation(dataset: TaskDataset) -> list[RenderableType]:
    """Say what was done to the rows, the verdict and the concerns first."""
    preparation = dataset.preparation
    if preparation is None:
        return [Text("The source does not say how many rows it read and dropped.")]
    concerns = [Text.assemble((f"{concern.kind}: ", "bold"), concern.text) for concern in preparation.concerns]
    if preparation.dropped.empty:
        return [Text(preparation.verdict()), *concerns]
    table = Table(title="Rows read and dropped", title_justify="left")
    table.add_column("")
    for heading in ("rows", "share"):
        table.add_column(heading, justify="right")
    table.add_column("first lines", overflow="fold")
    for name, row in preparation.table().iterrows():
        table.add_row(Text(str(name)), *map(Text, row))
    return [Text(preparation.verdict()), *concerns, table]


def _classes(dataset: LabelledDataset) -> Table:
    """Count the rows: a row per class or label, because there may be many."""
    word = "label" if isinstance(dataset, MultilabelDataset) else "class"
    table = Table(title=f"Rows per {word}", title_justify="left")
    table.add_column(word, overflow="fold")
    counts = dataset.class_counts()
    for split in counts.index:
        table.add_column(str(split), justify="right")
    sizes = [len(frame) for _, frame in dataset.splits()]
    if isinstance(dataset, MultilabelDataset):
        without = zip(dataset.label_sets()["without_label"], sizes, strict=True)
        table.add_row(NO_LABEL, *(f"{count:,} ({count / size:.1%})" for count, size in without))
    for name in counts:
        shares = zip(counts[name], sizes, strict=True)
        table.add_row(Text(str(name)), *(f"{count:,} ({count / size:.1%})" for count, size in shares))
    table.add_row("all", *(f"{size:,}" for size in sizes), style="bold")
    return table


def _counts(dataset: RetrievalDataset) -> Table:
    """Count the queries and their relevant documents."""
    table = Table(title=f"{len(dataset.documents):,} documents; queries and relevant documents", title_justify="left")
    table.add_column("split")
    counts = dataset.counts().drop(columns="documents")
    for column in counts:
        table.add_column(str(column).replace("_", " "), justify="right")
    for split, row in counts.to_dict("index").items():
        table.add_row(str(split), *(f"{n:,.1f}" if column == "per_query" else f"{n:,}" for column, n in row.items()))
    return table


def _fields(dataset: RetrievalDataset) -> list[RenderableType]:
    """Name the fields that filters may use, and the kinds of request."""
    fields = ", ".join(f"{name} ({kind})" for name, kind in dataset.fields.items())
    lines: list[RenderableType] = [Text(f"fields: {fields}")] if fields else []
    if "tags" in dataset.test:
        kinds = dataset.test["tags"].str.split().explode().value_counts()
        named = ", ".join(f"{kind} ({count:,})" for kind, count in kinds.items())
        lines.append(Text(f"kinds of request in test: {named}"))
    if dataset.pairs is not None:
        lines.append(Text(f"pairs of texts with a similarity: {len(dataset.pairs):,}"))
    return lines


def _read(dataset: LabelledDataset) -> dict[str, pd.DataFrame]:
    """Return the inputs of each split."""
    return {split: frame[list(dataset.inputs)] for split, frame in dataset.splits()}


def _inputs(dataset: LabelledDataset) -> list[RenderableType]:
    """Count the values of each input, unless text is the only one."""
    if dataset.inputs == TEXT_ONLY:
        return []
    table = Table(title="Inputs", title_justify="left")
    table.add_column("")
    counts = dataset.input_counts()
    for heading in counts:
        table.add_column(str(heading), justify="right")
    for name, row in counts.iterrows():
        table.add_row(str(name), *(f"{count:,}" for count in row))
    return [table]


def _texts(frames: Mapping[str, pd.DataFrame]) -> list[RenderableType]:
    """Return the lengths of texts; nothing for frames without texts."""
    frames = {name: frame for name, frame in frames.items() if "text" in frame}
    table = Table(title="Text lengths: median / 95th percentile / maximum", title_justify="left")
    table.add_column("")
    for heading in ("characters", "words", "duplicates"):
        table.add_column(heading, justify="right")
    for split, frame in frames.items():
        texts = frame["text"].to_list()
        copies = int(pd.Series(duplicate_keys(texts)).duplicated().sum())
        characters = _quantiles([len(text) for text in texts])
        words = _quantiles([len(text.split()) for text in texts])
        table.add_row(split, characters, words, f"{copies:,}")
    return [table] if frames else []


def _quantiles(lengths: list[int]) -> str:
    return " / ".join(f"{value:.0f}" for value in pd.Series(lengths).quantile([0.5, 0.95, 1.0]))


def _extremes(lengths: pd.DataFrame) -> Table:
    table = Table(title="Shortest and longest texts", title_justify="left")
    table.add_column("")
    for heading in ("characters", "words"):
        table.add_column(heading, justify="right")
    table.add_column("id", overflow="fold")
    table.add_column("text", overflow="fold")
    for name, row in lengths.iterrows():
        cells = (Text(_printable(row[column])) for column in ("id", "text"))
        table.add_row(str(name), f"{row['characters']:,}", f"{row['words']:,}", *cells)
    return table


def _printable(text: str) -> str:
    return _CONTROL.sub(" ", text)  # the terminal would execute control characters


def _examples(dataset: LabelledDataset) -> list[Text]:
    rows = dataset.labelled(dataset.train.head(EXAMPLES))
    examples = [" | ".join(filter(None, values)) for values in rows[list(dataset.inputs)].to_numpy()]
    return [
        Text.assemble((f"{label}: ", "bold"), _printable(example))
        for example, label in zip(examples, rows["label"], strict=True)
    ]


def _answered_queries(dataset: RetrievalDataset) -> list[Text]:
    rows = dataset.sample(queries=EXAMPLES, most=1)
    return [
        Text.assemble((f"{_printable(query)}: ", "bold"), _printable(document))
        for query, document in zip(rows["query"], rows["document"], strict=True)
    ]
