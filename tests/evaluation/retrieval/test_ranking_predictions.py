"""The frame of predictions keeps a ranking as it came, and refuses one that cannot be evaluated."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from tiny_data import tiny_retrieval_dataset

from textlab.evaluation.retrieval import predictions
from textlab.evaluation.retrieval.metrics import query_scores
from textlab.evaluation.retrieval.predictions import check_predictions, search_predictions


class Found(NamedTuple):
    id: str
    score: float


DATASET = tiny_retrieval_dataset()
QUERIES = len(DATASET.test)


def test_row_holds_the_query_its_relevant_documents_best_first_and_its_ranking() -> None:
    frame = search_predictions(DATASET, "test", [[Found("d3", 0.9), Found("d0", 0.25)]] + [[]] * (QUERIES - 1))
    row = frame.iloc[0]
    assert (row["id"], row["tags"]) == ("test-0", "place")
    assert (row["relevant"], row["grades"]) == (["d8", "d10", "d11", "d9"], [2, 1, 1, 1])
    assert (row["found"], row["scores"].tolist()) == (["d3", "d0"], [pytest.approx(0.9), 0.25])
    assert frame["found"].iloc[1] == []


def test_frame_scores_the_same_after_parquet(tmp_path: Path) -> None:
    frame = search_predictions(DATASET, "test", [[Found("d8", 0.9), Found("d0", 0.25)]] * QUERIES)
    frame.to_parquet(tmp_path / "test.parquet")
    again = pd.read_parquet(tmp_path / "test.parquet")
    pd.testing.assert_frame_equal(query_scores(frame), query_scores(again))


def test_ranking_is_cut_at_the_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "DEPTH", 5)
    ranking = [Found(f"d{number}", -float(number)) for number in range(12)]
    frame = search_predictions(DATASET, "test", [ranking] * QUERIES)
    assert frame["found"].iloc[0] == ["d0", "d1", "d2", "d3", "d4"]
    assert len(frame["scores"].iloc[0]) == 5


@pytest.mark.parametrize(
    ("ranking", "message"),
    [
        ([Found("nobody", 1.0)], "Rankings hold 1 id that 'tiny' does not have: nobody. Search an index of this"),
        ([Found("d1", 1.0), Found("d1", 0.5)], "query 'test-0' holds a document twice. Rank each document once."),
        ([Found("d1", float("nan"))], "query 'test-0' has a score that is not finite. Check the model's vectors."),
        ([Found("d1", 0.1), Found("d2", 0.5)], "query 'test-0' is not sorted by score. Put the best document first."),
    ],
)
def test_ranking_that_cannot_be_evaluated_is_refused(ranking: list[Found], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        search_predictions(DATASET, "test", [ranking, *[[]] * (QUERIES - 1)])


def test_each_query_needs_a_ranking() -> None:
    with pytest.raises(ValueError, match=r"1 ranking came for the 8 queries of 'test'\. Pass one for each query"):
        search_predictions(DATASET, "test", [[]])


def test_frame_of_a_classifier_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the columns relevant, grades, found, scores; it has id, text, label"):
        check_predictions("test", pd.DataFrame({"id": ["a"], "text": ["b"], "label": ["c"]}))


def test_frame_with_a_query_that_nothing_answers_is_refused() -> None:
    frame = search_predictions(DATASET, "test", [[]] * QUERIES)
    check_predictions("test", frame)
    with pytest.raises(ValueError, match=r"The test frame has 8 rows without a relevant document\. Drop them\."):
        check_predictions("test", frame.assign(relevant=[[]] * QUERIES))
