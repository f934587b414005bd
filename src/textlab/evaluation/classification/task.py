"""The task of classification, described for the mechanisms that serve every task."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from textlab.evaluation.classification.class_scores import class_scores
from textlab.evaluation.classification.comparison import ALWAYS, compare_classifiers
from textlab.evaluation.classification.deciding.costs import COST_SAVED
from textlab.evaluation.classification.decisions import check_finite
from textlab.evaluation.classification.metrics import DECISIVE_METRICS, classification_metrics, overall_metrics
from textlab.evaluation.classification.predictions import (
    identities_of,
    input_columns,
    label_names_of,
    most_confident_mistakes,
    nouns_of,
    probabilities_of,
)
from textlab.evaluation.statistics.comparison import Comparison
from textlab.evaluation.tasks import Task
from textlab.inputs import kind_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISTAKES = 50
# With more classes, their scores are no metrics of the run: 1,016 classes had 8,100. A table always holds them.
MOST_CLASSES = 50


class Classification(Task):
    """Assign each example one of k classes; see `predictions` for the frame of predictions."""

    name = "classification"
    metrics = DECISIVE_METRICS
    primary_metric = "macro_recall"
    secondary_metrics = ALWAYS
    cost_metrics = (COST_SAVED,)
    has_decisions = True
    leaderboard_metrics = ("accuracy", "macro_f1", "macro_recall", "roc_auc", "average_precision", "brier", "ece")
    comparison_notebook = "80_compare"
    bundle_module = "textlab.export.classification_bundle"

    def check(self, name: str, frame: pd.DataFrame) -> None:
        """Raise ValueError if a probability of the run called `name` is not finite."""
        check_finite(name, frame)

    def measure(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, float]:
        """Compute the metrics of every split; of many classes, without those of single classes."""
        is_many = len(label_names_of(predictions["test"])) > MOST_CLASSES
        metrics_of = overall_metrics if is_many else classification_metrics
        return {
            f"{split}_{metric}": value
            for split, frame in predictions.items()
            for metric, value in metrics_of(frame).items()
        }

    def compare(
        self, frames: Mapping[str, pd.DataFrame], metric: str, best: str | None = None, **options: Any
    ) -> Comparison:
        """Compare classifiers on one test set, see `compare_classifiers`."""
        return compare_classifiers(frames, metric, best, **options)

    def tables(self, predictions: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Return the scores of the classes and the most confident mistakes on test."""
        test = predictions["test"]
        return {
            "class_scores_test": class_scores(test).reset_index(),
            "mistakes_test": _in_words(most_confident_mistakes(test, MISTAKES), input_columns(test)),
        }

    def figures(self, frames: Mapping[str, pd.DataFrame]) -> "dict[str, Figure]":
        """Draw the ROC and precision-recall curves, the confusion matrix and the calibration."""
        from textlab.evaluation import figures

        return {
            "roc": figures.roc_figure(frames),
            "precision_recall": figures.precision_recall_figure(frames),
            "confusion": figures.confusion_figure(frames),
            "reliability": figures.reliability_figure(frames),
        }

    def difference(self, first: pd.DataFrame, again: pd.DataFrame) -> str:
        """Compare the probabilities, and the classes that they predict."""
        old, new = probabilities_of(first), probabilities_of(again)
        _, noun = nouns_of(first)
        if old.shape != new.shape:
            return f"{old.shape[0]} {noun} of {old.shape[1]} classes -> {new.shape[0]} {noun} of {new.shape[1]}"
        if np.array_equal(old, new):
            return ""
        rows, most = int((old != new).any(axis=1).sum()), np.abs(old - new).max()
        labels = int((old.argmax(axis=1) != new.argmax(axis=1)).sum())
        return (
            f"the probabilities of {rows} of {len(old)} {noun} differ, by at most {most:.2g}; {labels} {noun} change "
            "their label"
        )

    def test_set(self, frame: pd.DataFrame) -> Hashable:
        """Return a key of the classes, and of the examples' ids, labels and inputs, each known by its content."""
        rows = pd.util.hash_pandas_object(identities_of(frame), index=False)
        return (tuple(label_names_of(frame)), input_columns(frame), tuple(rows))


def _in_words(mistakes: pd.DataFrame, inputs: Sequence[str]) -> pd.DataFrame:
    """Return the mistakes with inputs that a table of words can hold."""
    return mistakes.assign(**{name: mistakes[name].map(kind_of(name).in_words) for name in inputs})


TASK = Classification()
