"""The predicted labels of several models on the same examples, as a paired sample for the statistics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.classification.decision_scores import Totals
from textlab.evaluation.multilabel.metrics import score_from_totals
from textlab.evaluation.multilabel.predictions import (
    identities_of,
    input_columns,
    label_names_of,
    nouns_of,
    predicted_of,
    probabilities_of,
    truth_of,
)
from textlab.evaluation.predicted_examples import TestedExamples, check_finite_answers, check_same_examples
from textlab.evaluation.statistics.paired_sample import Contributions, PairedSample

MOST_DENSE_LABELS = 20  # up to here a dense matrix product is as fast as a sparse one


@dataclass(frozen=True)
class LabelDecisions(PairedSample):
    """The labels that m models predict for n examples.

    Attributes:
        models: the m names.
        label_names: the k labels.
        truth: bool (n, k), which labels the examples have.
        predicted: bool (m, n, k).
        noun: what the examples are called, in the plural.
    """

    models: tuple[str, ...]
    label_names: tuple[str, ...]
    truth: np.ndarray
    predicted: np.ndarray
    noun: str = "texts"

    @property
    def examples(self) -> int:
        """The number of examples, n."""
        return len(self.truth)

    @property
    def correct(self) -> np.ndarray:
        """Which examples have all their labels right and no other, bool (m, n)."""
        return np.asarray((self.predicted == self.truth).all(axis=2))

    def contributions(self) -> Contributions:
        """Each example's additions to the counts: s = (2 m + 1) k + m + 1.

        These are, label by label, the right and the predicted ones of each model and the true ones; then whether each
        model is right about all labels, and the number of examples.
        """
        from scipy.sparse import csr_array

        right = self.predicted & self.truth
        counted = [*right, *self.predicted, self.truth, self.correct.T, np.ones((self.examples, 1), bool)]
        rows = np.packbits(np.hstack(counted), axis=1)
        _, first, pattern_of_example, sizes = np.unique(
            rows, axis=0, return_index=True, return_inverse=True, return_counts=True
        )
        patterns = np.hstack([part[first] for part in counted]).astype(np.float32)
        is_sparse = len(self.label_names) > MOST_DENSE_LABELS
        return Contributions(csr_array(patterns) if is_sparse else patterns, pattern_of_example.ravel(), sizes)

    def scores(self, sums: np.ndarray, metrics: Sequence[str]) -> dict[str, np.ndarray]:
        """Compute metrics of `metrics.score_from_totals` from counts; see `PairedSample.scores`."""
        models, labels = len(self.models), len(self.label_names)
        sums = sums.astype(np.float64)
        end = (2 * models + 1) * labels
        counts = sums[:, :end].reshape(len(sums), 2 * models + 1, labels)
        totals = Totals(counts[:, :models], counts[:, models:-1], np.repeat(counts[:, -1:], models, axis=1))
        exact, examples = sums[:, end:-1], sums[:, -1:]
        return {metric: score_from_totals(metric, totals, exact, examples, self.label_names) for metric in metrics}


def label_decisions_of(predictions: Mapping[str, pd.DataFrame]) -> LabelDecisions:
    """Collect the decisions of models that can be compared.

    Args:
        predictions: for each model, the frame of `predictions.predictions_frame` on one test set.

    Raises:
        ValueError: there is no model, a probability is NaN or infinite, or two models have different labels or were
            tested on different examples.
    """
    for model, frame in predictions.items():
        check_finite(model, frame)
    tested = {
        model: TestedExamples(label_names_of(frame), input_columns(frame), identities_of(frame))
        for model, frame in predictions.items()
    }
    check_same_examples(tested, "labels")
    first = next(iter(predictions.values()))
    return LabelDecisions(
        models=tuple(predictions),
        label_names=tuple(label_names_of(first)),
        truth=truth_of(first),
        predicted=np.stack([predicted_of(frame) for frame in predictions.values()]),
        noun=nouns_of(first)[1],
    )


def check_finite(model: str, predictions: pd.DataFrame) -> None:
    """Raise ValueError if a probability is NaN or infinite; the message names the model."""
    check_finite_answers(model, probabilities_of(predictions), "labels")
