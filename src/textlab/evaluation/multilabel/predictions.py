"""The frame of predictions, which everything that evaluates several labels per text reads.

One row per example with the columns `id`, one per input of the dataset, `tags` if the dataset has them, and for each
label, in the order of the dataset's label names: `true_<label>` (bool), `p_<label>` (float32) and `predicted_<label>`
(bool). The probabilities of a row need not sum to one, because the labels are independent.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.data.label_words import named
from textlab.data.multilabel_dataset import indicator
from textlab.evaluation.predicted_examples import check_shape, input_identities, nouns_of_inputs

TRUE, PROBABILITY, PREDICTED = "true_", "p_", "predicted_"
NO_INPUTS = ("id", "tags")
DEFAULT_THRESHOLD = 0.5


def predictions_frame(
    examples: pd.DataFrame,
    probabilities: np.ndarray,
    label_names: Sequence[str],
    inputs: Sequence[str] = ("text",),
    thresholds: np.ndarray | None = None,
) -> pd.DataFrame:
    """Make the frame of a model's predictions.

    Args:
        examples: n rows with `id`, the inputs, `labels` (tuples of positions in `label_names`) and optionally `tags`.
        probabilities: float (n, k), each from 0 to 1.
        label_names: the k labels, in the order of the columns of `probabilities`.
        inputs: the columns of `examples` that a model may read; they are kept.
        thresholds: float (k,); a label is predicted if its probability reaches its threshold. 0.5 each by default.

    Raises:
        ValueError: the shape is not (n, k), a probability is not from 0 to 1, or there are no rows.
    """
    probabilities = np.asarray(probabilities).astype(np.float32)
    check_probabilities(probabilities, (len(examples), len(label_names)))
    least = np.full(len(label_names), DEFAULT_THRESHOLD) if thresholds is None else thresholds
    columns = {"id": examples["id"].to_numpy(), **{name: examples[name].to_numpy() for name in inputs}}
    if "tags" in examples:
        columns["tags"] = examples["tags"].to_numpy()
    true = indicator(examples["labels"], len(label_names))
    for place, name in enumerate(label_names):
        columns[f"{TRUE}{name}"] = true[:, place]
        columns[f"{PROBABILITY}{name}"] = probabilities[:, place]
        columns[f"{PREDICTED}{name}"] = probabilities[:, place] >= least[place]
    return pd.DataFrame(columns)


def check_probabilities(probabilities: np.ndarray, expected: tuple[int, int]) -> None:
    """Raise ValueError unless the shape is as expected, (n, k) with n > 0, and all values are from 0 to 1."""
    check_shape(probabilities, expected, "label")
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError(
            f"Probabilities range from {probabilities.min():.4f} to {probabilities.max():.4f}. They must be from 0 to "
            "1: check that the model ends in a sigmoid."
        )


def label_names_of(predictions: pd.DataFrame) -> list[str]:
    """Read the label names, in the model's order, from the `p_<label>` columns.

    Raises:
        ValueError: there is no such column, or a label lacks one of its other columns.
    """
    columns = list(map(str, predictions.columns))
    names = [column.removeprefix(PROBABILITY) for column in columns if column.startswith(PROBABILITY)]
    missing = {f"{prefix}{name}" for name in names for prefix in (TRUE, PREDICTED)} - set(columns)
    if not names or missing:
        raise ValueError(
            f"The predictions have the columns {columns}. Expected true_<label>, p_<label> and predicted_<label> for "
            "each label: make the frame with textlab.evaluation.multilabel.predictions.predictions_frame."
        )
    return names


def has_several_labels(predictions: pd.DataFrame) -> bool:
    """Return whether this is a frame of several labels per text, and not one of classes."""
    columns = set(map(str, predictions.columns))
    names = [column.removeprefix(PROBABILITY) for column in columns if column.startswith(PROBABILITY)]
    return bool(names) and all(f"{TRUE}{name}" in columns for name in names)


def truth_of(predictions: pd.DataFrame) -> np.ndarray:
    """Return which labels each row has, bool (n, k), columns in the order of `label_names_of`."""
    return _values(predictions, TRUE).astype(bool)


def predicted_of(predictions: pd.DataFrame) -> np.ndarray:
    """Return which labels are predicted, bool (n, k), columns in the order of `label_names_of`."""
    return _values(predictions, PREDICTED).astype(bool)


def probabilities_of(predictions: pd.DataFrame) -> np.ndarray:
    """Return the predicted probabilities, float32 (n, k), columns in the order of `label_names_of`."""
    return _values(predictions, PROBABILITY).astype(np.float32)


def _values(predictions: pd.DataFrame, prefix: str) -> np.ndarray:
    if predictions.empty:
        raise ValueError("The predictions have no rows. Pass at least one.")
    return predictions[[f"{prefix}{name}" for name in label_names_of(predictions)]].to_numpy()


def input_columns(predictions: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of inputs, in their order: the dataset's, of which a model may read some."""
    known = {f"{prefix}{name}" for name in label_names_of(predictions) for prefix in (TRUE, PROBABILITY, PREDICTED)}
    return tuple(name for name in map(str, predictions.columns) if name not in known and name not in NO_INPUTS)


def nouns_of(predictions: pd.DataFrame) -> tuple[str, str]:
    """Return what one example and several are called: a text, a picture, or an example of several inputs."""
    return nouns_of_inputs(input_columns(predictions))


def identities_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that tell examples apart: `id`, each label, and the identity of each input's value."""
    known = input_identities(predictions, input_columns(predictions))
    labels = {f"{TRUE}{name}": predictions[f"{TRUE}{name}"].astype(bool) for name in label_names_of(predictions)}
    return pd.DataFrame({"id": predictions["id"].astype(str), **known, **labels}).reset_index(drop=True)


def in_words(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return `labels` and `predicted`: the names of each row's true and predicted labels in one text."""
    names = label_names_of(predictions)
    sets = {"labels": truth_of(predictions), "predicted": predicted_of(predictions)}
    return pd.DataFrame(
        {column: [named(np.flatnonzero(row), names) for row in has] for column, has in sets.items()}, predictions.index
    )
