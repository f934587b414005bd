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
    """Describe rows and classes per split, text lengths, duplicates, the digest and three texts, for `rich`."""
    title = Text.assemble((dataset.name, "bold"), f", version {dataset.version}")
    digest = Text(f"digest {dataset.digest}", overflow="fold")
    return Group(title, digest, "", _classes(dataset), "", _texts(dataset), "", *_examples(dataset))


def _classes(dataset: Dataset) -> Table:
    table = Table(title="Rows per class", title_justify="left")
    table.add_column("split")
    for name in (*dataset.label_names, "all"):
        table.add_column(Text(name), justify="right")
    for split, frame in dataset.splits():
        counts = frame["label"].value_counts()
        cells = [
            f"{counts.get(label, 0):,} ({counts.get(label, 0) / len(frame):.1%})"
            for label in range(len(dataset.label_names))
        ]
        table.add_row(split, *cells, f"{len(frame):,}")
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


def _examples(dataset: Dataset) -> list[Text]:
    rows = dataset.train.head(EXAMPLES)
    return [
        # The terminal would execute control characters.
        Text.assemble((f"{dataset.label_names[label]}: ", "bold"), _CONTROL.sub(" ", text))
        for text, label in zip(rows["text"], rows["label"], strict=True)
    ]
