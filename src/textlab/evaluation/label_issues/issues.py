"""The labels that are likeliest to be wrong, found from out-of-fold predictions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.classification.predictions import class_indices, input_columns, label_names_of, probabilities_of
from textlab.evaluation.label_issues.contradictions import contradictions
from textlab.evaluation.label_issues.wrong_share import Estimate, estimate_wrong, label_scores
from textlab.inputs import kind_of
from textlab.wording import counted

MOST = 1000  # maximum number of labels in the table
FEWEST = 50  # with fewer examples, nothing is estimated


@dataclass(frozen=True, eq=False)
class LabelIssues:
    """The likeliest wrong labels of a training split.

    Attributes:
        table: the likeliest first: `id`, `given_label`, `suggested_label`, `probability` (of the suggested label),
            `given_probability`, `contradicted_by` (the id of a near-duplicate with another label, or ""), and the
            inputs.
        pairs: near-duplicates with contradicting labels, see `contradictions`.
        examples: number of examples that were looked at.
        wrong: the estimated share of wrong labels among all; None for fewer than `FEWEST` examples.
        right_listed: the share of the labels in `table` that is expected to be right; None if `wrong` is.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    examples: int
    wrong: Estimate | None
    right_listed: Estimate | None

    def sentences(self) -> list[str]:
        """Say how many labels are likely to be wrong, and what the numbers assume."""
        if self.table.empty or self.wrong is None or self.right_listed is None:
            return [f"No label of {counted(self.examples, 'training example')} stands out as wrong."]
        right = self.right_listed
        return [
            f"About {self.wrong.value:.1%} of {self.examples:,} training labels are wrong "
            f"({self.wrong.low:.1%} to {self.wrong.high:.1%}). The list holds the {len(self.table):,} likeliest ones, "
            f"of which about {right.value:.0%} are expected to be right after all "
            f"({right.low:.0%} to {right.high:.0%}).",
            "The estimate assumes that wrong labels are as conspicuous as labels replaced at random. The intervals "
            "cover the choice of examples, not that assumption.",
        ]


def find_label_issues(predictions: pd.DataFrame, most: int = MOST) -> LabelIssues:
    """Find the labels that are likeliest to be wrong.

    Labels are ranked by `label_scores`. Confident learning (Northcutt et al. 2021, "Confident learning: estimating
    uncertainty in dataset labels", by the library cleanlab) says how many of them to list. Its number counts mistakes
    of a weak model, too; `LabelIssues.right_listed` says how many labels of the list are expected to be right.

    Args:
        predictions: the out-of-fold predictions frame of training examples, see `models.cross_validation`.
        most: largest number of labels to list.
    """
    labels, probabilities = class_indices(predictions, "label"), probabilities_of(predictions).astype(float)
    inputs = input_columns(predictions)
    pairs = _pairs(predictions) if "text" in inputs else contradictions(_no_texts())
    listed = min(most, _count(labels, probabilities)) if len(labels) >= FEWEST else 0
    order = np.argsort(label_scores(labels, probabilities), kind="stable")[:listed]
    table = _table(predictions, order, labels, probabilities, pairs, inputs)
    estimates = estimate_wrong(labels, probabilities, listed) if listed else (None, None)
    return LabelIssues(table, pairs, len(labels), *estimates)


def _pairs(predictions: pd.DataFrame) -> pd.DataFrame:
    return contradictions(predictions[["id", "text", "label"]])


def _no_texts() -> pd.DataFrame:
    return pd.DataFrame({"id": [], "text": [], "label": []}, dtype=object)


def _count(labels: np.ndarray, probabilities: np.ndarray) -> int:
    """Return the number of wrong labels that confident learning finds; 0 if not all classes have examples."""
    from cleanlab.count import num_label_issues

    if len(np.unique(labels)) < probabilities.shape[1]:
        present = np.unique(labels)
        probabilities = probabilities[:, present] / np.maximum(
            probabilities[:, present].sum(axis=1, keepdims=True), 1e-9
        )
        labels = np.searchsorted(present, labels)
    return int(num_label_issues(labels, probabilities)) if len(np.unique(labels)) > 1 else 0


def _table(
    predictions: pd.DataFrame,
    order: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    pairs: pd.DataFrame,
    inputs: Sequence[str],
) -> pd.DataFrame:
    """Return the rows of `LabelIssues.table` in an order."""
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1
    suggested = others.argmax(axis=1)[order]
    names = np.array(label_names_of(predictions), dtype=object)
    listed = predictions.iloc[order]
    nearest = dict(zip(pairs["other_id"], pairs["id"], strict=True)) | dict(
        zip(pairs["id"], pairs["other_id"], strict=True)
    )
    return pd.DataFrame(
        {
            "id": listed["id"].to_numpy(),
            "given_label": names[labels[order]],
            "suggested_label": names[suggested],
            "probability": probabilities[order, suggested],
            "given_probability": probabilities[order, labels[order]],
            "contradicted_by": [nearest.get(id_, "") for id_ in listed["id"]],
            **{name: listed[name].fillna("").map(kind_of(name).in_words).to_numpy() for name in inputs},
        }
    )
