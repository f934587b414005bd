"""Describe a dataset in tables for a terminal or a notebook."""

import re

import pandas as pd
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from textlab.data.dataset import Dataset
from textlab.data.split import duplicate_keys

EXAMPLES = 3
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def description(dataset: Dataset) -> RenderableType:
    """Describe a dataset for `rich`.

    The parts: rows read and dropped, concerns, classes per split, text lengths with the shortest and the longest texts,
    duplicates, the digest and three texts.
    """
    title = Text.assemble((dataset.name, "bold"), f", version {dataset.version}", overflow="fold")
    digest = Text(f"digest {dataset.digest}", overflow="fold")
    parts = [digest, *_preparation(dataset), _classes(dataset), _texts(dataset), _extremes(dataset)]
    return Group(title, *(each for part in parts for each in (part, "")), *_examples(dataset))


def _preparation(dataset: Dataset) -> list[RenderableType]:
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


def _classes(dataset: Dataset) -> Table:
    """Count the rows: a row per class, because there may be many."""
    table = Table(title="Rows per class", title_justify="left")
    table.add_column("class", overflow="fold")
    counts = dataset.class_counts()
    for split in counts.index:
        table.add_column(str(split), justify="right")
    sizes = counts.sum(axis=1)
    for name in counts:
        shares = zip(counts[name], sizes, strict=True)
        table.add_row(Text(str(name)), *(f"{count:,} ({count / size:.1%})" for count, size in shares))
    table.add_row("all", *(f"{size:,}" for size in sizes), style="bold")
    return table


def _texts(dataset: Dataset) -> Table:
    table = Table(title="Text lengths: median / 95th percentile / maximum", title_justify="left")
    table.add_column("split")
    for heading in ("characters", "words", "duplicates"):
        table.add_column(heading, justify="right")
    for split, frame in dataset.splits():
        texts = frame["text"].to_list()
        copies = int(pd.Series(duplicate_keys(texts)).duplicated().sum())
        characters = _quantiles([len(text) for text in texts])
        words = _quantiles([len(text.split()) for text in texts])
        table.add_row(split, characters, words, f"{copies:,}")
    return table


def _quantiles(lengths: list[int]) -> str:
    return " / ".join(f"{value:.0f}" for value in pd.Series(lengths).quantile([0.5, 0.95, 1.0]))


def _extremes(dataset: Dataset) -> Table:
    table = Table(title="Shortest and longest texts", title_justify="left")
    table.add_column("")
    for heading in ("characters", "words"):
        table.add_column(heading, justify="right")
    table.add_column("id", overflow="fold")
    table.add_column("text", overflow="fold")
    for name, row in dataset.text_lengths().iterrows():
        cells = (Text(_printable(row[column])) for column in ("id", "text"))
        table.add_row(str(name), f"{row['characters']:,}", f"{row['words']:,}", *cells)
    return table


def _printable(text: str) -> str:
    return _CONTROL.sub(" ", text)  # the terminal would execute control characters


def _examples(dataset: Dataset) -> list[Text]:
    rows = dataset.train.head(EXAMPLES)
    return [
        Text.assemble((f"{dataset.label_names[label]}: ", "bold"), _printable(text))
        for text, label in zip(rows["text"], rows["label"], strict=True)
    ]
