"""The predicted classes of several models on the same examples, as a paired sample for the statistics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.evaluation.classification.decision_scores import Totals, score
from textlab.evaluation.classification.predictions import (
    class_indices,
    identities_of,
    input_columns,
    label_names_of,
    nouns_of,
    probabilities_of,
)
from textlab.evaluation.predicted_examples import TestedExamples, check_finite_answers, check_same_examples
from textlab.evaluation.statistics.paired_sample import Contributions, PairedSample

MOST_DENSE_CLASSES = 20  # up to here a dense matrix product is as fast as a sparse one


@dataclass(frozen=True)
class Decisions(PairedSample):
    """The classes that m models predict for n examples, as positions in `label_names`.

    Attributes:
        models: the m names.
        label_names: the k classes.
        labels: int (n,), the true classes.
        predicted: int (m, n).
        noun: what the examples are called, in the plural.
    """

    models: tuple[str, ...]
    label_names: tuple[str, ...]
    labels: np.ndarray
    predicted: np.ndarray
    noun: str = "texts"

    @property
    def examples(self) -> int:
        """The number of examples, n."""
        return len(self.labels)

    @property
    def correct(self) -> np.ndarray:
        """Which predictions are right, bool (m, n)."""
        return self.predicted == self.labels

    def contributions(self) -> Contributions:
        """Each text's additions to the counts of right, predicted and true classes: s = (2 m + 1) k.

        Texts of one class share a pattern if every model predicts the same for them. float32 holds the sums exactly up
        to 2^24 texts, and halves the time of the bootstrap's matrix product. With many classes nearly all additions are
        0, so the matrix is sparse: of 1,004 classes, 7,842 texts and 3 models it takes 1 MB instead of 220.
        """
        rows = np.column_stack([self.labels, self.predicted.T])
        patterns, pattern_of_text, sizes = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        indicators = _indicators(patterns, len(self.label_names))
        return Contributions(indicators, pattern_of_text.ravel(), sizes)

    def scores(self, sums: np.ndarray, metrics: Sequence[str]) -> dict[str, np.ndarray]:
        """Compute metrics of `decision_scores.score_names` from counts; see `PairedSample.scores`."""
        models = len(self.models)
        counts = sums.astype(np.float64).reshape(len(sums), 2 * models + 1, len(self.label_names))
        totals = Totals(counts[:, :models], counts[:, models:-1], np.repeat(counts[:, -1:], models, axis=1))
        return {metric: score(metric, totals, self.label_names) for metric in metrics}


def _indicators(patterns: np.ndarray, classes: int) -> Any:
    """Return the additions of each pattern, float32 (p, (2 m + 1) k): dense, or sparse for many classes.

    Args:
        patterns: int (p, 1 + m), the true class and the classes that the m models predict.
        classes: k.
    """
    from scipy.sparse import csr_array

    count, models = len(patterns), patterns.shape[1] - 1
    labelled, predicted = patterns[:, :1], patterns[:, 1:]
    part = np.arange(2 * models + 1) * classes  # right and predicted classes of each model, then the true classes
    columns = part + np.hstack([predicted, predicted, labelled])
    right = (predicted == labelled).astype(np.float32)
    values = np.hstack([right, np.ones((count, models + 1), np.float32)])
    rows = np.repeat(np.arange(count), columns.shape[1])
    matrix = csr_array((values.ravel(), (rows, columns.ravel())), shape=(count, (2 * models + 1) * classes))
    return matrix if classes > MOST_DENSE_CLASSES else matrix.toarray()


def decisions_of(predictions: Mapping[str, pd.DataFrame]) -> Decisions:
    """Collect the decisions of models that can be compared.

    Args:
        predictions: for each model, the frame of `predictions.predictions_frame` on one test set.

    Raises:
        ValueError: there is no model, a probability is NaN or infinite, or two models have different classes or were
            tested on different examples.
    """
    for model, frame in predictions.items():
        check_finite(model, frame)
    tested = {
        model: TestedExamples(label_names_of(frame), input_columns(frame), identities_of(frame))
        for model, frame in predictions.items()
    }
    check_same_examples(tested, "classes")
    first = next(iter(predictions.values()))
    return Decisions(
        models=tuple(predictions),
        label_names=tuple(label_names_of(first)),
        labels=class_indices(first, "label"),
        predicted=np.stack([class_indices(frame, "predicted") for frame in predictions.values()]),
        noun=nouns_of(first)[1],
    )


def check_finite(model: str, predictions: pd.DataFrame) -> None:
    """Raise ValueError if a probability is NaN or infinite; the message names the model."""
    check_finite_answers(model, probabilities_of(predictions), "classes")
