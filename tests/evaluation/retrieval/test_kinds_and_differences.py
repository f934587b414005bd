"""Scores by kind of request, and single queries for people to read."""

from collections.abc import Callable

import pandas as pd
import pytest

from textlab.evaluation.retrieval.differences import largest_differences, worst_queries
from textlab.evaluation.retrieval.kinds import kind_scores

Make = Callable[..., pd.DataFrame]


def test_each_kind_has_a_score_and_an_interval_for_each_model(simulated: Make) -> None:
    tags = ["skills", "paraphrase hard"] * 20
    frames = {"a": simulated(40, 0.9, 1, tags=tags), "b": simulated(40, 0.2, 2, tags=tags)}
    table = kind_scores(frames, "mrr_10", resamples=100)
    assert list(table["kind"].unique()) == ["all", "hard", "paraphrase", "skills"]
    assert table["queries"].to_list() == [40, 40, 20, 20, 20, 20, 20, 20]
    first = table.iloc[0]
    assert first["mrr_10_low"] < first["mrr_10"] < first["mrr_10_high"]
    whole = table[table["model"] == "a"].set_index("kind")["mrr_10"]
    assert whole["all"] == pytest.approx((whole["skills"] + whole["paraphrase"]) / 2)


def test_queries_without_tags_are_of_one_kind(simulated: Make) -> None:
    assert kind_scores({"a": simulated(10, 0.5, 1)}, resamples=20)["kind"].to_list() == ["all"]


def test_unknown_metric_of_a_kind_is_refused(simulated: Make) -> None:
    with pytest.raises(ValueError, match=r"Unknown metric 'precision'\. Available: ndcg_10, mrr_10,"):
        kind_scores({"a": simulated(10, 0.5, 1)}, "precision")


def two_models(frame: Make) -> tuple[pd.DataFrame, pd.DataFrame]:
    judged = [{"a": 2, "b": 1}, {"c": 1}, {"d": 1}]
    first = [["a", "b"], ["x", "c"], ["d"]]
    second = [["x", "y", "z", "a"], ["c"], ["d"]]
    tags = ["p", "q", "q"]
    return tuple(frame(*zip(judged, found, strict=True), tags=tags) for found in (first, second))  # type: ignore[return-value]


def test_queries_that_differ_most_come_first_and_equal_ones_not_at_all(frame: Make) -> None:
    first, second = two_models(frame)
    table = largest_differences(("bm25", first), ("dense", second), "mrr_10")
    assert list(table.index) == ["q0", "q1"]
    assert list(table) == ["text", "tags", "wanted", "bm25", "bm25 found", "dense", "dense found", "difference"]
    assert table.loc["q0", ["bm25", "dense", "difference"]].to_list() == [1, 0.25, 0.75]
    assert table.loc["q0", ["wanted", "bm25 found", "dense found"]].to_list() == ["a", "a; b", "x; y; z"]
    assert table.loc["q1", "difference"] == -0.5


def test_worst_queries_show_what_was_found_instead_and_where_the_best_document_was(
    frame: Make,
) -> None:
    _, second = two_models(frame)
    second = pd.concat([second, frame(({"e": 1}, ["x"]))]).reset_index(drop=True)
    table = worst_queries(second.assign(id=["q0", "q1", "q2", "q3"]), "mrr_10", names={"x": "Xavier", "a": "Ada"})
    assert list(table.index) == ["q3", "q0"]
    assert table["mrr_10"].to_list() == [0, 0.25]
    assert table["wanted"].to_list() == ["e", "Ada"]
    assert table["found"].to_list() == ["Xavier", "Xavier; y; z"]
    assert table["rank"].to_list() == [pd.NA, 4]
