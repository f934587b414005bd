"""Floors ignore the query; a model that reads it scores higher."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_retrieval_dataset

from textlab.evaluation.retrieval.comparison import compare_retrievers
from textlab.evaluation.retrieval.floors import FLOORS, FREQUENT, RANDOM, floor_predictions
from textlab.evaluation.retrieval.metrics import retrieval_metrics
from textlab.evaluation.retrieval.predictions import search_predictions

Make = Callable[..., pd.DataFrame]


def test_random_order_reaches_what_chance_would(frame: Make) -> None:
    """One relevant document of 1,000 is among the first 100 in a tenth of all orders."""
    predictions = frame(*[({"d": 1}, ["d"])] * 2_000)
    metrics = retrieval_metrics(floor_predictions(predictions, 1_000, [])[RANDOM])
    assert metrics["recall_100"] == pytest.approx(0.1, abs=0.02)
    assert metrics["recall_10"] == pytest.approx(0.01, abs=0.01)


def test_random_order_finds_everything_among_few_documents(frame: Make) -> None:
    floor = floor_predictions(frame(({"a": 2, "b": 1}, [])), 5, [])[RANDOM]
    assert retrieval_metrics(floor)["recall_100"] == 1
    assert len(floor["found"].iloc[0]) == 5


def test_frequent_documents_are_ranked_first_for_every_query() -> None:
    dataset = tiny_retrieval_dataset()
    predictions = search_predictions(dataset, "test", [[]] * len(dataset.test))
    floors = floor_predictions(predictions, len(dataset.documents), list(dataset.most_relevant_documents().index))
    assert tuple(sorted(floors)) == tuple(sorted(FLOORS))
    assert len({tuple(found) for found in floors[FREQUENT]["found"]}) == 1
    assert 0 < retrieval_metrics(floors[FREQUENT])["ndcg_10"] < 1


def test_model_is_compared_with_the_floors_on_its_queries(simulated: Make) -> None:
    predictions = simulated(60, 0.8, 1, tags=["a"] * 60)
    floors = floor_predictions(predictions, 20, ["d1", "d2"])
    comparison = compare_retrievers({"model": predictions} | floors, "ndcg_10", "model", resamples=200)
    assert comparison.pair("model", RANDOM)["p"] < 0.05
    assert floors[RANDOM]["tags"].eq("a").all()
    again = floor_predictions(predictions, 20, ["d1", "d2"])
    assert all(np.array_equal(*pair) for pair in zip(floors[RANDOM]["found"], again[RANDOM]["found"], strict=True))
