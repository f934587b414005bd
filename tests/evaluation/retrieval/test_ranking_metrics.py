"""Metrics of rankings: trec_eval's definitions, of a query's best documents where only relevant or not counts."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.retrieval.metrics import METRICS, metric_table, query_scores, retrieval_metrics

Make = Callable[..., pd.DataFrame]


def test_gain_is_the_grade_and_discounted_by_the_logarithm_of_the_rank(frame: Make) -> None:
    scores = query_scores(frame(({"a": 3, "b": 1}, ["x", "b", "a"])))
    ideal = 3 / math.log2(2) + 1 / math.log2(3)
    assert scores.loc["q0", "ndcg_10"] == pytest.approx((1 / math.log2(3) + 3 / math.log2(4)) / ideal)


def test_lower_grade_counts_for_ndcg_and_for_no_other_metric(frame: Make) -> None:
    scores = query_scores(frame(({"a": 3, "b": 1}, ["b", "x"]))).loc["q0"]
    assert scores["ndcg_10"] > 0
    assert scores.drop("ndcg_10").eq(0).all()


def test_each_relevant_document_of_a_query_with_one_grade_counts(frame: Make) -> None:
    scores = query_scores(frame(({"a": 1, "b": 1}, ["x", "a", "y", "b"]))).loc["q0"]
    assert scores["mrr_10"] == 1 / 2
    assert scores["map_100"] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert scores["recall_10"] == 1


@pytest.mark.parametrize(("rank", "reciprocal"), [(10, 0.1), (11, 0.0)])
def test_reciprocal_rank_is_zero_below_the_tenth_place(rank: int, reciprocal: float, frame: Make) -> None:
    found = [f"x{number}" for number in range(rank - 1)] + ["a"]
    scores = query_scores(frame(({"a": 1}, found))).loc["q0"]
    assert scores["mrr_10"] == pytest.approx(reciprocal)
    assert scores["recall_100"] == 1


def test_query_without_a_result_scores_zero(frame: Make) -> None:
    scores = query_scores(frame(({"a": 1}, []), ({"b": 1}, ["b"])))
    assert scores.loc["q0"].eq(0).all()
    assert scores.loc["q1"].eq(1).all()


def test_order_counts_although_scores_tie(frame: Make) -> None:
    tied = frame(({"z": 1}, ["z", "a"]))
    tied["scores"] = [np.ones(2, np.float32)]
    assert query_scores(tied).loc["q0", "mrr_10"] == 1


def test_metrics_equal_those_of_ir_measures_and_of_the_formula(frame: Make) -> None:
    import ir_measures
    from ir_measures import AP, RR, R, nDCG

    rng = np.random.default_rng(0)
    documents = [f"d{number}" for number in range(150)]
    queries = []
    for _ in range(60):
        chosen = rng.choice(documents, rng.integers(1, 30), replace=False)
        found = rng.choice(documents, rng.integers(1, 101), replace=False)
        queries.append(({str(each): int(rng.integers(1, 4)) for each in chosen}, [str(each) for each in found]))
    predictions = frame(*queries)
    ours = query_scores(predictions)
    for row, (grades, found) in enumerate(queries):
        ideal = sorted(grades.values(), reverse=True)[:10]
        gained = [grades.get(document, 0) for document in found[:10]]
        gains = [sum(grade / math.log2(rank + 2) for rank, grade in enumerate(each)) for each in (gained, ideal)]
        assert ours.iloc[row]["ndcg_10"] == pytest.approx(gains[0] / gains[1])
        judged = {f"q{row}": grades}
        run = {f"q{row}": {document: 1 / (rank + 1) for rank, document in enumerate(found)}}
        level = max(grades.values())
        names = {
            nDCG @ 10: "ndcg_10",
            RR(rel=level) @ 10: "mrr_10",
            AP(rel=level) @ 100: "map_100",
            R(rel=level) @ 10: "recall_10",
            R(rel=level) @ 100: "recall_100",
        }
        theirs = ir_measures.calc_aggregate(list(names), judged, run)
        assert {names[measure]: value for measure, value in theirs.items()} == pytest.approx(dict(ours.iloc[row]))


def test_metrics_of_a_frame_are_means_over_its_queries(frame: Make) -> None:
    predictions = frame(({"a": 1}, ["a"]), ({"a": 1}, ["b", "a"]))
    assert tuple(retrieval_metrics(predictions)) == METRICS
    assert retrieval_metrics(predictions)["mrr_10"] == 0.75
    assert metric_table({"bm25": predictions}).loc["bm25", "mrr_10"] == 0.75
