"""Intervals and paired tests of several models on one test set of texts with several labels."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from textlab.evaluation.multilabel.label_decisions import label_decisions_of
from textlab.evaluation.statistics.comparison import Comparison, compare

ALWAYS = ("macro_f1", "micro_f1", "subset_accuracy")  # metrics with intervals beside the primary one


def compare_label_models(
    predictions: Mapping[str, pd.DataFrame], metric: str, best: str | None = None, **options: Any
) -> Comparison:
    """Score models on one test set with intervals, and test every pair of them.

    Args:
        predictions: for each model, its predictions on the test texts.
        metric: the primary metric, see `metrics.score_from_totals`.
        best: the model that validation chose; by default the one with the highest score here.
        options: see `statistics.comparison.compare`.

    Raises:
        ValueError: see `statistics.comparison.compare` and `label_decisions.label_decisions_of`.
    """
    return compare(label_decisions_of(predictions), [metric, *ALWAYS], best, **options)
