"""Statistics of a task without classes: queries with a reciprocal rank and a recall."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from textlab.evaluation.choice.champion import choose_champion
from textlab.evaluation.choice.conclusion import conclusion
from textlab.evaluation.statistics.bootstrap import bootstrap
from textlab.evaluation.statistics.comparison import compare
from textlab.evaluation.statistics.mean_scores import MeanScores
from textlab.evaluation.statistics.pairwise import SCORE_COLUMNS


@pytest.fixture
def ranks() -> MeanScores:
    """Reciprocal ranks of two good search models and a poor one, on 200 queries."""
    random = np.random.default_rng(0)
    good = 1 / random.integers(1, 4, size=200)
    other = np.where(random.random(200) < 0.1, 0.5, good)
    table = pd.DataFrame({"dense": good, "hybrid": other, "sparse": good / 4})
    return MeanScores({"reciprocal_rank": table, "hit": (table == 1).astype(float)})


def test_score_is_the_mean_of_each_column(ranks):
    observed = bootstrap(ranks, ["reciprocal_rank"], 10)["reciprocal_rank"].observed
    assert observed == pytest.approx(ranks.tables["reciprocal_rank"].mean().to_numpy())


def test_each_metric_is_scored_on_the_same_resamples(ranks):
    scored = bootstrap(ranks, ["hit", "reciprocal_rank"], 50)
    assert scored["hit"].observed == pytest.approx(ranks.tables["hit"].mean().to_numpy())
    alone = bootstrap(MeanScores({"hit": ranks.tables["hit"]}), ["hit"], 50)["hit"]
    assert scored["hit"].resampled.mean(axis=1) == pytest.approx(alone.resampled.mean(axis=1), abs=0.02)


def test_interval_is_close_to_that_of_scipy(ranks):
    ours = bootstrap(ranks, ["reciprocal_rank"], 4000)["reciprocal_rank"].interval()
    theirs = stats.bootstrap(
        (ranks.tables["reciprocal_rank"]["dense"].to_numpy(),), np.mean, n_resamples=4000, method="BCa", rng=0
    )
    assert ours == pytest.approx(theirs.confidence_interval, abs=0.005)


def test_models_are_compared_and_chosen_without_knowing_the_task(ranks):
    comparison = compare(ranks, ["reciprocal_rank"], resamples=500)
    assert comparison.intervals.loc["sparse", "group"] == 2
    assert tuple(comparison.pairs.columns) == SCORE_COLUMNS
    answer = conclusion(comparison, choose_champion(comparison))
    assert answer[0].startswith(f"We recommend {comparison.best}: reciprocal rank ")


def test_unknown_metric_raises(ranks):
    with pytest.raises(ValueError, match=r"Unknown metric 'recall'\. Available: reciprocal_rank, hit\."):
        compare(ranks, ["recall"])


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({}, "The table of scores is empty"),
        ({"a": pd.DataFrame()}, "The table of scores is empty"),
        ({"a": pd.DataFrame({"x": [0.5, np.nan]})}, "1 scores of a are NaN"),
        ({"a": pd.DataFrame({"x": [0.5]}), "b": pd.DataFrame({"y": [0.5]})}, "differ in rows or columns"),
    ],
)
def test_invalid_tables_raise(tables, message):
    with pytest.raises(ValueError, match=message):
        MeanScores(tables)
