"""Intervals and paired tests of several retrievers on one set of queries."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from textlab.evaluation.retrieval.metrics import METRICS
from textlab.evaluation.retrieval.paired import query_scores_of
from textlab.evaluation.statistics.comparison import Comparison, compare


def compare_retrievers(
    predictions: Mapping[str, pd.DataFrame], metric: str, best: str | None = None, **options: Any
) -> Comparison:
    """Score retrievers on one set of queries with intervals, and test every pair of them.

    Args:
        predictions: for each model, its predictions on the test queries.
        metric: the primary metric, one of `metrics.METRICS`; the others get intervals as well.
        best: the model that validation chose; by default the one with the highest score here.
        options: see `statistics.comparison.compare`.

    Raises:
        ValueError: see `statistics.comparison.compare` and `paired.query_scores_of`.
    """
    return compare(query_scores_of(predictions), [metric, *METRICS], best, **options)
