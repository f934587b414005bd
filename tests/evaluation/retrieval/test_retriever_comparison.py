"""Retrievers are compared by every metric on the same queries; intervals and tests keep their error rates."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.choice.champion import choose_champion
from textlab.evaluation.retrieval.comparison import compare_retrievers
from textlab.evaluation.retrieval.metrics import METRICS, retrieval_metrics
from textlab.evaluation.retrieval.paired import QueryScores, query_scores_of, query_set
from textlab.evaluation.statistics.bootstrap import bootstrap
from textlab.evaluation.statistics.pairwise import pair_table
from textlab.evaluation.statistics.significance import SIGNIFICANCE

Make = Callable[..., pd.DataFrame]


def test_every_metric_has_an_interval_around_its_score(simulated: Make) -> None:
    frames = {"good": simulated(80, 0.9, 1), "poor": simulated(80, 0.3, 2)}
    comparison = compare_retrievers(frames, "ndcg_10", resamples=300)
    for model, metrics in ((model, retrieval_metrics(frame)) for model, frame in frames.items()):
        row = comparison.intervals.loc[model]
        for metric in METRICS:
            assert row[metric] == pytest.approx(metrics[metric])
        assert row["ndcg_10_low"] < row["ndcg_10"] < row["ndcg_10_high"]
    assert comparison.best == choose_champion(comparison).name == "good"
    assert comparison.intervals["group"].to_dict() == {"good": 1, "poor": 2}
    assert "mcnemar" not in comparison.pairs


def test_examples_are_called_queries(simulated: Make) -> None:
    assert query_scores_of({"a": simulated(5, 0.5, 1)}).noun == "queries"


def test_models_of_different_queries_are_refused(simulated: Make) -> None:
    one, fewer = simulated(8, 0.5, 1), simulated(7, 0.5, 1)
    with pytest.raises(
        ValueError, match=r"'a' was tested on 8 queries and 'b' on 7\. Compare runs on one dataset with"
    ):
        compare_retrievers({"a": one, "b": fewer}, "ndcg_10")
    graded = one.assign(grades=[[2]] * 8)
    with pytest.raises(ValueError, match="the queries of 'a' and 'b' differ in relevance"):
        compare_retrievers({"a": one, "b": graded}, "ndcg_10")
    assert query_set(one) == query_set(simulated(8, 0.9, 2))
    assert len({query_set(one), query_set(fewer), query_set(graded)}) == 3
    with pytest.raises(ValueError, match="There are no predictions"):
        compare_retrievers({}, "ndcg_10")


DRAWS, QUERIES, RESAMPLES = 200, 100, 200


def sample_of(table: pd.DataFrame, rng: np.random.Generator) -> QueryScores:
    drawn = table.iloc[rng.integers(len(table), size=QUERIES)]
    return QueryScores({"ndcg_10": drawn.reset_index(drop=True)})


def test_interval_of_ndcg_covers_the_score_of_all_queries(simulated: Make) -> None:
    """An interval that covers the truth 95 % of the time does so in 179 to 198 of 200 draws (99.9 % of the time)."""
    table = query_scores_of({"model": simulated(2_000, 0.4, 0)}).tables["ndcg_10"]
    rng, truth, covered = np.random.default_rng(0), float(table["model"].mean()), 0
    for number in range(DRAWS):
        low, high = bootstrap(sample_of(table, rng), ["ndcg_10"], RESAMPLES, number)["ndcg_10"].interval()
        covered += low <= truth <= high
    assert 179 <= covered <= 198


def test_equal_models_rarely_differ_significantly(simulated: Make) -> None:
    """A test that errs 5 % of the time finds a difference in 2 to 21 of 200 draws (99.9 % of the time)."""
    frames = {"a": simulated(2_000, 0.4, 1), "b": simulated(2_000, 0.4, 2)}
    table = query_scores_of(frames).tables["ndcg_10"]
    table = table - table.mean() + table["a"].mean()  # equally good on all queries, different on single ones
    rng, found = np.random.default_rng(0), 0
    for number in range(DRAWS):
        sample = sample_of(table, rng)
        scored = bootstrap(sample, ["ndcg_10"], RESAMPLES, number)["ndcg_10"]
        found += float(pair_table(sample, scored)["p"].iloc[0]) < SIGNIFICANCE
    assert 2 <= found <= 21
