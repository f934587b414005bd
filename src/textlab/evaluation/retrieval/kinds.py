"""Scores by kind of request, which the queries' tags name."""

from collections.abc import Mapping

import pandas as pd

from textlab.evaluation.retrieval.metrics import METRICS
from textlab.evaluation.retrieval.paired import QueryScores, query_scores_of
from textlab.evaluation.statistics.bootstrap import CONFIDENCE, RESAMPLES, bootstrap

ALL = "all"


def kind_scores(
    predictions: Mapping[str, pd.DataFrame],
    metric: str = METRICS[0],
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> pd.DataFrame:
    """Score every model on every kind of request. A query with several tags is of several kinds.

    Args:
        predictions: for each model, a frame as `predictions` describes it, of one set of queries.
        metric: one of `metrics.METRICS`.
        resamples, confidence, seed: settings of the bootstrap intervals.

    Returns:
        A row per kind and model, the kind `ALL` first, then by name: `kind`, `queries` (their number), `model`,
        `<metric>`, `<metric>_low` and `<metric>_high`. An interval is NaN if all queries of the kind score the same.

    Raises:
        ValueError: the metric is unknown, or the models were tested on different queries.
    """
    if metric not in METRICS:
        raise ValueError(f"Unknown metric '{metric}'. Available: {', '.join(METRICS)}.")
    table = query_scores_of(predictions).tables[metric]
    rows = []
    for kind, is_of_kind in kinds_of(next(iter(predictions.values()))).items():
        sample = QueryScores({metric: table[is_of_kind.to_numpy()]})
        scored = bootstrap(sample, [metric], resamples, seed)[metric]
        for position, model in enumerate(sample.models):
            low, high = scored.interval(position, confidence)
            scores = {metric: scored.observed[position], f"{metric}_low": low, f"{metric}_high": high}
            rows.append({"kind": kind, "queries": sample.examples, "model": model} | scores)
    return pd.DataFrame(rows)


def kinds_of(predictions: pd.DataFrame) -> dict[str, pd.Series]:
    """Return which queries are of each kind, bool (n,): all queries first, then a kind for each tag, by name."""
    kinds = {ALL: pd.Series(True, index=predictions.index)}
    if "tags" in predictions:
        tags = predictions["tags"].fillna("").astype(str).str.split().map(set)
        for tag in sorted(set().union(*tags)):
            kinds[tag] = tags.map(lambda of_query, tag=tag: tag in of_query)
    return kinds
