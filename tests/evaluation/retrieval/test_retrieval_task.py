"""The task of retrieval answers the mechanisms: metrics, tables, figures and the key of a test set."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.retrieval.ranks import first_ranks
from textlab.evaluation.tasks import task

RETRIEVAL = task("retrieval")
Make = Callable[..., pd.DataFrame]


def test_metrics_of_every_split_are_named_after_it(simulated: Make) -> None:
    measured = RETRIEVAL.measure({"validation": simulated(20, 0.5, 1), "test": simulated(20, 0.9, 2)})
    assert set(measured) == {f"{split}_{metric}" for split in ("validation", "test") for metric in RETRIEVAL.metrics}
    assert measured["test_ndcg_10"] > measured["validation_ndcg_10"]


def test_pairs_are_measured_beside_the_splits(simulated: Make) -> None:
    similarity = np.linspace(0, 1, 40)
    texts = [f"text {row}" for row in range(40)]
    pairs = pd.DataFrame({"first": texts, "second": "b", "similarity": similarity, "predicted": similarity})
    measured = RETRIEVAL.measure({"test": simulated(20, 0.9, 2), "pairs": pairs})
    assert measured["similarity_spearman"] == pytest.approx(1)
    assert not [name for name in measured if name.startswith("pairs")]


def test_logged_tables_show_kinds_and_worst_queries(simulated: Make) -> None:
    tables = RETRIEVAL.tables({"test": simulated(20, 0.5, 1, tags=["skills"] * 20)})
    assert tables["kinds_test"]["kind"].to_list() == ["all", "skills"]
    assert list(tables["worst_queries_test"]) == ["id", "text", "ndcg_10", "tags", "wanted", "found", "rank"]


def test_frame_of_another_task_is_refused() -> None:
    with pytest.raises(ValueError, match="The bm25 frame lacks the columns relevant"):
        RETRIEVAL.check("bm25", pd.DataFrame({"id": ["a"], "text": ["b"]}))


def test_figure_states_how_often_a_good_document_is_among_the_first_ten(frame: Make) -> None:
    other = [f"x{number}" for number in range(20)]
    near, far = frame(({"a": 1}, ["a"]), ({"b": 1}, other)), frame(({"a": 1}, [*other, "a"]), ({"b": 1}, []))
    assert first_ranks(far).to_list() == [21, pd.NA]
    figure = RETRIEVAL.figures({"far": far, "near": near})["ranks"]
    title = figure.get_suptitle().replace("\n", " ")
    assert title == "near shows a good document among the first 10 for 50% of the queries"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["far (0%)", "near (50%)"]
    assert list(figure.axes[0].lines[0].get_ydata())[19:21] == [0, 50]
    with pytest.raises(ValueError, match="There is no model to draw"):
        RETRIEVAL.figures({})


def test_test_set_is_the_same_for_every_model_and_differs_with_the_relevance(simulated: Make) -> None:
    one = simulated(10, 0.5, 1)
    assert RETRIEVAL.test_set(one) == RETRIEVAL.test_set(simulated(10, 0.9, 2))
    assert RETRIEVAL.test_set(one) != RETRIEVAL.test_set(one.assign(relevant=[["d19"]] * 10))
