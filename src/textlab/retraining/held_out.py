"""Check that texts were held out from the training of a model, as far as its card can tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from textlab import data


def training_examples(card: Mapping[str, Any], inputs: Sequence[str]) -> set[tuple[str, ...]] | None:
    """Return the inputs of the examples that a model was trained or chosen on.

    Args:
        card: the card of its bundle, which names the dataset and its digest.
        inputs: the inputs to compare.

    Returns:
        The examples of train and validation; None if the dataset cannot be loaded, has changed, or lacks an input.
    """
    name = card.get("dataset")
    if not isinstance(name, str):
        return None
    try:
        dataset = data.load(name).require(inputs)
    except (ValueError, OSError):
        return None
    if dataset.digest != card.get("dataset_digest"):
        return None
    frames = [frame[list(inputs)] for frame in (dataset.train, dataset.validation)]
    return set(pd.concat(frames).itertuples(index=False, name=None))


def without(examples: pd.DataFrame, known: set[tuple[str, ...]], inputs: Sequence[str]) -> pd.DataFrame:
    """Return the rows whose inputs are not in `known`."""
    rows = examples[list(inputs)].itertuples(index=False, name=None)
    return examples[[row not in known for row in rows]].reset_index(drop=True)
