"""Check that texts were held out from the training of a model, as far as its card can tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from textlab import data
from textlab.inputs import kind_of


def training_examples(card: Mapping[str, Any], inputs: Sequence[str]) -> set[tuple[str, ...]] | None:
    """Return the examples that a model was trained or chosen on.

    Args:
        card: the card of its bundle, which names the dataset and its digest.
        inputs: the inputs to compare.

    Returns:
        The identities of the examples of train and validation; None if the dataset cannot be loaded, has changed, or
        lacks an input.
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
    return {*_identities(dataset.train, inputs), *_identities(dataset.validation, inputs)}


def without(examples: pd.DataFrame, known: set[tuple[str, ...]], inputs: Sequence[str]) -> pd.DataFrame:
    """Return the rows whose inputs are not in `known`, from `training_examples`."""
    return examples[[row not in known for row in _identities(examples, inputs)]].reset_index(drop=True)


def _identities(frame: pd.DataFrame, inputs: Sequence[str]) -> list[tuple[str, ...]]:
    columns = [frame[name].map(kind_of(name).identity) for name in inputs]
    return list(zip(*columns, strict=True))
