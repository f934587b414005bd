"""The frame in which predictions travel between a trained model and everything that looks at it.

One row per text with the columns `id`, `text`, `label`, `predicted` (both class names), `tags` where the
dataset has them, and `p_<class>` (float32) for each class in the order of the dataset's label names.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

PREFIX = "p_"
SUM_TOLERANCE = 1e-3


def predictions_frame(
    examples: pd.DataFrame, probabilities: np.ndarray, label_names: Sequence[str], inputs: Sequence[str] = ("text",)
) -> pd.DataFrame:
    """Put a model's probabilities beside the texts they are for.

    Args:
        examples: n rows with `id`, `text`, `label` (an index into `label_names`) and perhaps `tags`.
        probabilities: float (n, k), rows sum to one; a tie goes to the class that comes first.
        label_names: the k class names, in the order of the columns of `probabilities`.
        inputs: the columns of `examples` that a model may read; they are kept.

    Raises:
        ValueError: the shape is not (n, k), a probability is not finite, a row does not sum to one, or there
            are no rows.
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


def check_probabilities(probabilities: np.ndarray, expected: tuple[int, int]) -> None:
    """Raise ValueError unless they are finite, of the expected shape (n, k), n > 0, and each row sums to one."""
    if probabilities.shape != expected:
        raise ValueError(
            f"Probabilities have the shape {probabilities.shape}; expected {expected}: "
            "a row for each example and a column for each class."
        )
    if not expected[0]:
        raise ValueError("There are no examples to score; give at least one.")
    broken = int((~np.isfinite(probabilities)).any(axis=1).sum())
    if broken:
        raise ValueError(
            f"{broken} of {expected[0]} rows hold a probability that is NaN or infinite; "
            "look at the model's loss: it has most likely diverged."
        )
    sums = probabilities.sum(axis=1, dtype=np.float64)
    wrong = np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE)
    if len(wrong) or probabilities.min() < 0:
        row = wrong[0] if len(wrong) else probabilities.min(axis=1).argmin()
        raise ValueError(
            f"Row {row} holds {probabilities[row].tolist()}, which sums to {sums[row]:.4f}; expected "
            f"probabilities: none negative, summing to one within {SUM_TOLERANCE}. Is a softmax missing?"
        )


def label_names_of(predictions: pd.DataFrame) -> list[str]:
    """The class names, in the model's order, read from the `p_<class>` columns.

    Raises:
        ValueError: there are fewer than two such columns.
    """
    names = [str(column).removeprefix(PREFIX) for column in predictions if str(column).startswith(PREFIX)]
    if len(names) < 2:
        raise ValueError(
            f"Predictions need a column {PREFIX}<class> for each of at least two classes; "
            f"they have {list(predictions.columns)}. Make them with predictions_frame."
        )
    return names


def probabilities_of(predictions: pd.DataFrame) -> np.ndarray:
    """The stated probabilities, float32 (n, k), columns in the order of `label_names_of`."""
    columns = [f"{PREFIX}{name}" for name in label_names_of(predictions)]
    return predictions[columns].to_numpy(dtype=np.float32)


def class_indices(predictions: pd.DataFrame, column: str) -> np.ndarray:
    """The classes in `label` or `predicted` as positions in `label_names_of`: int (n,).

    Raises:
        ValueError: there are no rows, or a class has no probability column.
    """
    if predictions.empty:
        raise ValueError("The predictions have no rows, so nothing can be scored.")
    names = label_names_of(predictions)
    indices = pd.Index(names).get_indexer(pd.Index(predictions[column]))
    if (indices < 0).any():
        unknown = sorted(set(predictions[column].astype(str)[indices < 0]))
        raise ValueError(f"The column '{column}' holds {unknown}; the probabilities are for {names}.")
    return indices


def confidence_of(predictions: pd.DataFrame) -> np.ndarray:
    """The probability that each row states for the class it predicts: float32 (n,)."""
    rows = np.arange(len(predictions))
    return probabilities_of(predictions)[rows, class_indices(predictions, "predicted")]


def class_against_rest(predictions: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each class that can be ranked: which rows are of it, bool (n,), and its probability, float32 (n,).

    With two classes only the last, the positive one, is given: the other is its mirror image.
    """
    names, labels = label_names_of(predictions), class_indices(predictions, "label")
    probabilities = probabilities_of(predictions)
    wanted = range(len(names)) if len(names) > 2 else [1]
    against_rest = {names[index]: (labels == index, probabilities[:, index]) for index in wanted}
    return {name: pair for name, pair in against_rest.items() if 0 < pair[0].sum() < len(labels)}


def most_confident_mistakes(predictions: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The mistakes the model was surest of, surest first; equally sure ones keep their order.

    Returns:
        At most `count` rows, with the id as index: `text`, `label`, `predicted`, `probability` (of the
        predicted class) and `label_probability` (of the true one).
    """
    labels = class_indices(predictions, "label")
    table = predictions.set_index("id")[["text", "label", "predicted"]]
    table["probability"] = confidence_of(predictions)
    table["label_probability"] = probabilities_of(predictions)[np.arange(len(labels)), labels]
    wrong = table[table["label"] != table["predicted"]]
    return wrong.sort_values("probability", ascending=False, kind="stable").head(count)


def predict_splits(model: Any, dataset: Any) -> dict[str, pd.DataFrame]:
    """The predictions frames of a fitted model on a dataset's validation and test texts.

    Args:
        model: anything whose `predict_proba(frame)` returns (n, k).
        dataset: a `textlab.data.Dataset` of k classes.
    """
    return {
        split: predictions_frame(frame, model.predict_proba(frame), dataset.label_names, dataset.inputs)
        for split, frame in dataset.splits()
        if split != "train"
    }


def prior_predictions(dataset: Any) -> dict[str, pd.DataFrame]:
    """What one can say without reading a text: the training texts' class shares, for every text of a split."""
    shares = dataset.train["label"].value_counts(normalize=True).sort_index().to_numpy()
    return {
        split: predictions_frame(frame, np.tile(shares, (len(frame), 1)), dataset.label_names, dataset.inputs)
        for split, frame in dataset.splits()
        if split != "train"
    }
