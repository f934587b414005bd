"""Each class or label against the rest, for figures of classifiers and of models of several labels."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from textlab.evaluation.classification.predictions import class_against_rest
from textlab.evaluation.multilabel.predictions import has_several_labels, label_names_of, probabilities_of, truth_of

Pair = tuple[np.ndarray, np.ndarray]


def against_rest(predictions: pd.DataFrame) -> dict[str, Pair]:
    """Return for each class or label which rows have it, bool (n,), and its probability, float32 (n,).

    Those that no row or every row has are left out, and so is the first of two classes, the mirror image of the other.
    """
    if not has_several_labels(predictions):
        return class_against_rest(predictions)
    columns = zip(truth_of(predictions).T, probabilities_of(predictions).T, strict=True)
    pairs = dict(zip(label_names_of(predictions), columns, strict=True))
    return {name: pair for name, pair in pairs.items() if 0 < pair[0].sum() < len(predictions)}


def are_several_labels(predictions: Mapping[str, pd.DataFrame]) -> bool:
    """Return whether the examples have several labels each."""
    return has_several_labels(next(iter(predictions.values())))


def is_binary(predictions: Mapping[str, pd.DataFrame], names: Sequence[str]) -> bool:
    """Return whether there are two classes, of which one is the positive one."""
    return len(names) == 2 and not are_several_labels(predictions)


def words_of(predictions: Mapping[str, pd.DataFrame]) -> tuple[str, str]:
    """Return what is predicted, in the singular and the plural: a class or a label."""
    return ("label", "labels") if are_several_labels(predictions) else ("class", "classes")
