"""Intervals and paired tests of several classifiers on one test set."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.statistics.comparison import Comparison, compare

ALWAYS = ("accuracy", "macro_f1")  # metrics with intervals beside the primary one


def compare_classifiers(
    predictions: Mapping[str, pd.DataFrame], metric: str, best: str | None = None, **options: Any
) -> Comparison:
    """Score classifiers on one test set with intervals, and test every pair of them.

    Args:
        predictions: for each model, its predictions on the test texts.
        metric: the primary metric, one of `decision_scores.score_names`.
        best: the model that validation chose; by default the one with the highest score here.
        options: see `statistics.comparison.compare`.

    Raises:
        ValueError: see `statistics.comparison.compare` and `decisions.decisions_of`.
    """
    return compare(decisions_of(predictions), [metric, *ALWAYS], best, **options)
