"""The frame of predictions, which everything that evaluates a classifier reads.

One row per example with the columns `id`, one per input of the dataset, `label` and `predicted` (class names), `tags`
if the dataset has them, and `p_<class>` (float32) for each class in the order of the dataset's label names.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from textlab.evaluation.predicted_examples import check_shape, input_identities, nouns_of_inputs
from textlab.wording import shortlist

if TYPE_CHECKING:
    from textlab.data.dataset import Dataset

PREFIX = "p_"
NO_INPUTS = ("id", "label", "predicted", "tags")
SUM_TOLERANCE = 1e-3


def predictions_frame(
    examples: pd.DataFrame, probabilities: np.ndarray, label_names: Sequence[str], inputs: Sequence[str] = ("text",)
) -> pd.DataFrame:
    """Make the frame of a model's predictions.

    Args:
        examples: n rows with `id`, the inputs, `label` (an index into `label_names`) and optionally `tags`.
        probabilities: float (n, k), each row sums to one. Of equally likely classes, the first is predicted.
        label_names: the k class names, in the order of the columns of `probabilities`.
        inputs: the columns of `examples` that a model may read; they are kept.

    Raises:
        ValueError: the shape is not (n, k), a probability is not finite, a row does not sum to one, or there are no
            rows.
    """
    probabilities = np.asarray(probabilities)
    check_probabilities(probabilities, (len(examples), len(label_names)))
    names = np.array(label_names, dtype=object)
    columns = {
        "id": examples["id"].to_numpy(),
        **{name: examples[name].to_numpy() for name in inputs},
        "label": names[examples["label"].to_numpy()],
        "predicted": names[probabilities.argmax(axis=1)],
    }
    if "tags" in examples:
        columns["tags"] = examples["tags"].to_numpy()
    for column, name in enumerate(label_names):
        columns[f"{PREFIX}{name}"] = probabilities[:, column].astype(np.float32)
    return pd.DataFrame(columns)


def input_columns(predictions: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of inputs, in their order: the dataset's, of which a model may read some."""
    names = map(str, predictions.columns)
    return tuple(name for name in names if name not in NO_INPUTS and not name.startswith(PREFIX))


def identities_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that tell examples apart: `id`, `label`, and the identity of each input's value."""
    known = input_identities(predictions, input_columns(predictions))
    return predictions[["id", "label"]].astype(str).assign(**known).reset_index(drop=True)


def nouns_of(predictions: pd.DataFrame) -> tuple[str, str]:
    """Return what one example and several are called: a text, a picture, or an example of several inputs."""
    return nouns_of_inputs(input_columns(predictions))


def check_probabilities(probabilities: np.ndarray, expected: tuple[int, int]) -> None:
    """Raise ValueError unless the shape is as expected, (n, k) with n > 0, and each row is a distribution."""
    check_shape(probabilities, expected, "class")
    sums = probabilities.sum(axis=1, dtype=np.float64)
    wrong = np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE)
    if len(wrong) or probabilities.min() < 0:
        row = wrong[0] if len(wrong) else probabilities.min(axis=1).argmin()
        raise ValueError(
            f"Row {row} holds {probabilities[row].tolist()}, which sums to {sums[row]:.4f}. Probabilities must not be "
            f"negative and must sum to one within {SUM_TOLERANCE}: check that the model ends in a softmax."
        )


def label_names_of(predictions: pd.DataFrame) -> list[str]:
    """Read the class names, in the model's order, from the `p_<class>` columns.

    Raises:
        ValueError: there are fewer than two such columns.
    """
    names = [str(column).removeprefix(PREFIX) for column in predictions if str(column).startswith(PREFIX)]
    if len(names) < 2:
        raise ValueError(
            f"The predictions have the columns {list(predictions.columns)}. Expected {PREFIX}<class> for each of at "
            "least two classes: make the frame with predictions_frame."
        )
    return names


def probabilities_of(predictions: pd.DataFrame) -> np.ndarray:
    """Return the predicted probabilities, float32 (n, k), columns in the order of `label_names_of`."""
    columns = [f"{PREFIX}{name}" for name in label_names_of(predictions)]
    return predictions[columns].to_numpy(dtype=np.float32)


def with_probabilities(predictions: pd.DataFrame, probabilities: np.ndarray) -> pd.DataFrame:
    """Return the predictions with other probabilities, (n, k), and the classes that are most likely by them."""
    names = label_names_of(predictions)
    columns = {f"{PREFIX}{name}": probabilities[:, place].astype(np.float32) for place, name in enumerate(names)}
    return predictions.assign(predicted=np.array(names, dtype=object)[probabilities.argmax(axis=1)], **columns)


def class_indices(predictions: pd.DataFrame, column: str) -> np.ndarray:
    """Return the classes in `label` or `predicted` as positions in `label_names_of`: int (n,).

    Raises:
        ValueError: there are no rows, or a class has no probability column.
    """
    if predictions.empty:
        raise ValueError("The predictions have no rows. Pass at least one.")
    names = label_names_of(predictions)
    indices = pd.Index(names).get_indexer(pd.Index(predictions[column]))
    if (indices < 0).any():
        unknown = sorted(set(predictions[column].astype(str)[indices < 0]))
        raise ValueError(
            f"The column '{column}' holds {shortlist(unknown)}. The frame has probabilities only for "
            f"{shortlist(names)}."
        )
    return indices


def confidence_of(predictions: pd.DataFrame) -> np.ndarray:
    """Return the probability of each row's predicted class: float32 (n,)."""
    rows = np.arange(len(predictions))
    return probabilities_of(predictions)[rows, class_indices(predictions, "predicted")]


def class_against_rest(predictions: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return for each class which rows have it, bool (n,), and its probability, float32 (n,).

    Classes that no row or every row has are left out. Of two classes, only the last, the positive one, is returned:
    the other is its mirror image.
    """
    names, labels = label_names_of(predictions), class_indices(predictions, "label")
    probabilities = probabilities_of(predictions)
    wanted = range(len(names)) if len(names) > 2 else [1]
    against_rest = {names[index]: (labels == index, probabilities[:, index]) for index in wanted}
    return {name: pair for name, pair in against_rest.items() if 0 < pair[0].sum() < len(labels)}


def most_confident_mistakes(predictions: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """List the mistakes with the highest predicted probability, highest first; ties keep their order.

    Returns:
        At most `count` rows, with the id as index: the inputs, `label`, `predicted`, `probability` (of the predicted
        class) and `label_probability` (of the true class).
    """
    labels = class_indices(predictions, "label")
    table = predictions.set_index("id")[[*input_columns(predictions), "label", "predicted"]]
    table["probability"] = confidence_of(predictions)
    table["label_probability"] = probabilities_of(predictions)[np.arange(len(labels)), labels]
    wrong = table[table["label"] != table["predicted"]]
    return wrong.sort_values("probability", ascending=False, kind="stable").head(count)


class Predictor(Protocol):
    """A fitted model: `textlab.models.contract.Classifier` is one."""

    def predict_proba(self, examples: pd.DataFrame, /) -> np.ndarray:
        """Return the probabilities, (n, k), of n examples with the model's input columns."""


def predict_splits(model: Predictor, dataset: "Dataset") -> dict[str, pd.DataFrame]:
    """Make the predictions frames of a fitted model on a dataset's validation and test splits."""
    return {
        split: predictions_frame(frame, model.predict_proba(frame), dataset.label_names, dataset.inputs)
        for split, frame in dataset.splits()
        if split != "train"
    }


def prior_predictions(dataset: "Dataset") -> dict[str, pd.DataFrame]:
    """Predict the training split's class shares for every example: a baseline that reads no input."""
    shares = dataset.train["label"].value_counts(normalize=True).sort_index().to_numpy()
    return {
        split: predictions_frame(frame, np.tile(shares, (len(frame), 1)), dataset.label_names, dataset.inputs)
        for split, frame in dataset.splits()
        if split != "train"
    }
