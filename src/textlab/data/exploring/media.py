"""Explore inputs that are not words, such as pictures: what is missing, sizes and forms, and examples of each class."""

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from textlab.data.labelled_dataset import LabelledDataset
from textlab.inputs import kind_of

if TYPE_CHECKING:
    from IPython.display import HTML

MOST_MEASURED = 1_000  # training values of an input whose traits are measured
MOST_CLASSES = 12  # classes with examples


def media_inputs(dataset: LabelledDataset) -> tuple[str, ...]:
    """Return the inputs whose values have traits instead of words."""
    return tuple(name for name in dataset.inputs if kind_of(name).traits)


def input_counts(dataset: LabelledDataset) -> pd.DataFrame:
    """Count the values of such a dataset's inputs, see `Dataset.input_counts`; empty for a dataset of texts alone."""
    return dataset.input_counts() if media_inputs(dataset) else pd.DataFrame()


def trait_quantiles(dataset: LabelledDataset, seed: int = 0) -> pd.DataFrame:
    """Return quantiles of the traits of random training values.

    Returns:
        A row per input and trait with the columns `smallest`, `median` and `largest`, and a row per form with its share
        of the values as the median. It is empty for a dataset of texts alone.
    """
    rows: dict[str, tuple[float, ...]] = {}
    for name in media_inputs(dataset):
        kind = kind_of(name)
        known = dataset.train.loc[~dataset.train[name].map(kind.is_blank).astype(bool), name]
        drawn = known.sample(min(MOST_MEASURED, len(known)), random_state=seed)
        measured = [kind.measures(kind.encode([value])[0]) for value in drawn]
        for form, count in pd.Series([each.form for each in measured]).value_counts().items():
            rows[f"{name}, share of {form}"] = (np.nan, count / len(measured), np.nan)
        traits = pd.DataFrame([each.traits for each in measured])
        for trait in traits:
            rows[f"{name}, {trait}"] = tuple(traits[trait].quantile([0, 0.5, 1]))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["smallest", "median", "largest"])


def gallery(dataset: LabelledDataset, per_class: int = 5, seed: int = 0) -> "HTML":
    """Show random training values of each class beside each other, of at most `MOST_CLASSES` classes, largest first."""
    rows = []
    train = dataset.train.assign(label=dataset.train[dataset.target]).explode("label")  # an example may have several
    sizes = train["label"].value_counts()
    for name in media_inputs(dataset):
        for label in sizes.index[:MOST_CLASSES]:
            of_class = train[train["label"] == label]
            drawn = of_class.sample(min(per_class, len(of_class)), random_state=seed)
            cells = [_cell(name, value) for value in drawn[name]]
            rows.append([html.escape(dataset.label_names[label]), *cells])
    return _table(rows)


def pairs_gallery(dataset: LabelledDataset, pairs: Mapping[str, pd.DataFrame]) -> "HTML":
    """Show pairs of a row and a training row beside each other.

    Args:
        dataset: the dataset.
        pairs: for each input to show, a frame with the columns `split`, `id`, `label`, `train_id` and `train_label`, as
            in `evaluation.leaks.copies`.
    """
    rows = []
    for name, frame in pairs.items():
        values = {split: part.set_index("id")[name] for split, part in dataset.splits()}
        for row in frame.to_dict("records"):
            sides = ((row["split"], row["id"], row["label"]), ("train", row["train_id"], row["train_label"]))
            captions = [html.escape(f"{split}: {place} ({label})") for split, place, label in sides]
            cells = [_cell(name, values[split][place]) for split, place, _ in sides]
            rows.append([captions[0], cells[0], cells[1], captions[1]])
    return _table(rows)


def _cell(name: str, value: str) -> str:
    shown = kind_of(name).shown(value)
    if not shown.source:
        return html.escape(shown.text)
    return f'<img src="{shown.source}" alt="{html.escape(shown.text)}">'


def _table(rows: list[list[str]]) -> "HTML":
    from IPython.display import HTML

    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return HTML(f'<table class="tex2jax_ignore mathjax_ignore">{body}</table>' if rows else "Nothing to show.")
