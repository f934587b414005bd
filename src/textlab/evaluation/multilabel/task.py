"""The task of several labels per text, described for the mechanisms that serve every task."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from textlab.evaluation.multilabel.comparison import ALWAYS, compare_label_models
from textlab.evaluation.multilabel.label_decisions import check_finite
from textlab.evaluation.multilabel.label_scores import confused_labels, label_scores, worst_examples
from textlab.evaluation.multilabel.metrics import DECISIVE_METRICS, PRIMARY_METRIC, multilabel_metrics, overall_metrics
from textlab.evaluation.multilabel.predictions import (
    identities_of,
    input_columns,
    label_names_of,
    nouns_of,
    predicted_of,
    probabilities_of,
)
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.tasks import Task
from textlab.inputs import kind_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISTAKES = 50
MOST_LABELS = 50  # with more labels, their scores are no metrics of the run; a table always holds them


class Multilabel(Task):
    """Assign each example any number of k labels; see `predictions` for the frame of predictions."""

    name = "multilabel"
    metrics = DECISIVE_METRICS
    primary_metric = PRIMARY_METRIC
    secondary_metrics = ALWAYS
    leaderboard_metrics = (*DECISIVE_METRICS, "average_precision")
    comparison_notebook = "82_compare_multilabel"
    bundle_module = "textlab.export.multilabel_bundle"

    def check(self, name: str, frame: pd.DataFrame) -> None:
        """Raise ValueError if a column is missing or a probability of the run called `name` is not finite."""
        check_finite(name, frame)

    def measure(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, float]:
        """Compute the metrics of every split; of many labels, without those of single labels."""
        is_many = len(label_names_of(predictions["test"])) > MOST_LABELS
        metrics_of = overall_metrics if is_many else multilabel_metrics
        return {
            f"{split}_{metric}": value
            for split, frame in predictions.items()
            for metric, value in metrics_of(frame).items()
        }

    def compare(
        self, frames: Mapping[str, pd.DataFrame], metric: str, best: str | None = None, **options: Any
    ) -> Comparison:
        """Compare models on one test set, see `compare_label_models`."""
        return compare_label_models(frames, metric, best, **options)

    def tables(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Return the scores of the labels, the labels mistaken for each other and the worst examples on test."""
        test = predictions["test"]
        worst = worst_examples(test, MISTAKES)
        words = {name: worst[name].map(kind_of(name).in_words) for name in input_columns(test)}
        return {
            "label_scores_test": label_scores(test).reset_index(),
            "confused_labels_test": confused_labels(test),
            "mistakes_test": worst.assign(**words),
        }

    def figures(self, frames: Mapping[str, pd.DataFrame]) -> "dict[str, Figure]":
        """Draw the precision-recall curves, the decisions about each label, and the calibration."""
        from textlab.evaluation import figures

        return {
            "precision_recall": figures.precision_recall_figure(frames),
            "label_decisions": figures.label_decisions_figure(frames),
            "reliability": figures.reliability_figure(frames),
        }

    def difference(self, first: pd.DataFrame, again: pd.DataFrame) -> str:
        """Compare the probabilities, and the labels that they predict."""
        old, new = probabilities_of(first), probabilities_of(again)
        _, noun = nouns_of(first)
        if old.shape != new.shape:
            return f"{old.shape[0]} {noun} with {old.shape[1]} labels -> {new.shape[0]} {noun} with {new.shape[1]}"
        labels = int((predicted_of(first) != predicted_of(again)).any(axis=1).sum())
        if np.array_equal(old, new) and not labels:
            return ""
        rows, most = int((old != new).any(axis=1).sum()), np.abs(old - new).max()
        return (
            f"the probabilities of {rows} of {len(old)} {noun} differ, by at most {most:.2g}; {labels} {noun} change "
            "their labels"
        )

    def test_set(self, frame: pd.DataFrame) -> Hashable:
        """Return a key of the labels, and of the examples' ids, labels and inputs, each known by its content."""
        rows = pd.util.hash_pandas_object(identities_of(frame), index=False)
        return (tuple(label_names_of(frame)), input_columns(frame), tuple(rows))


TASK = Multilabel()
