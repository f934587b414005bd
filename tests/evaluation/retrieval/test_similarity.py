"""Similarity is measured on pairs that the scale and the threshold were not fitted on."""

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.retrieval.similarity import best_threshold, similarity_metrics


def pairs(predicted: np.ndarray, similarity: np.ndarray) -> pd.DataFrame:
    texts = [f"text {row}" for row in range(len(predicted))]
    return pd.DataFrame({"first": texts, "second": "other", "similarity": similarity, "predicted": predicted})


def test_scale_of_the_cosine_does_not_matter() -> None:
    similarity = np.linspace(0, 1, 200)
    metrics = similarity_metrics(pairs(0.7 + 0.3 * similarity**3, similarity))
    assert metrics["similarity_spearman"] == pytest.approx(1)
    assert metrics["similarity_mae"] < 0.02
    assert metrics["similarity_accuracy"] > 0.97
    assert metrics["similarity_threshold"] == pytest.approx(0.7 + 0.3 * 0.5**3, abs=0.01)


def test_cosine_that_says_nothing_is_no_better_than_chance() -> None:
    """A regression measured on the pairs that it was fitted on would find an error below that of the mean."""
    rng = np.random.default_rng(0)
    similarity = rng.random(2_000)
    metrics = similarity_metrics(pairs(rng.random(2_000), similarity))
    assert abs(metrics["similarity_spearman"]) < 0.1
    assert metrics["similarity_mae"] >= np.abs(similarity - similarity.mean()).mean() - 0.005
    assert metrics["similarity_accuracy"] == pytest.approx(0.5, abs=0.05)


def test_measures_do_not_depend_on_the_order_of_the_pairs() -> None:
    rng = np.random.default_rng(1)
    table = pairs(rng.random(50), rng.random(50))
    assert similarity_metrics(table[::-1]) == pytest.approx(similarity_metrics(table))


@pytest.mark.parametrize("similarity", [np.full(30, 0.5), np.linspace(0, 1, 5)])
def test_pairs_that_show_nothing_are_left_out_with_a_warning(
    similarity: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    assert similarity_metrics(pairs(np.linspace(0, 1, len(similarity)), similarity)) == {}
    assert "pairs cannot be scored: at least 20 that differ are needed" in caplog.text


def test_pairs_of_one_text_have_no_half_to_measure_on(caplog: pytest.LogCaptureFixture) -> None:
    table = pairs(np.linspace(0, 1, 30), np.linspace(0, 1, 30)).assign(first="one")
    assert list(similarity_metrics(table)) == ["similarity_spearman"]
    assert "All pairs have the same first text" in caplog.text


@pytest.mark.parametrize(
    ("predicted", "similar", "threshold"),
    [
        ([0.1, 0.2, 0.8, 0.9], [False, False, True, True], 0.5),
        ([0.1, 0.9], [True, True], 0.1),
        ([0.5, 0.5, 0.9], [True, False, True], 0.5),
    ],
)
def test_best_threshold_separates_most_pairs(predicted: list[float], similar: list[bool], threshold: float) -> None:
    assert best_threshold(np.array(predicted), np.array(similar)) == pytest.approx(threshold)


def test_threshold_is_above_every_cosine_if_no_pair_is_similar() -> None:
    assert best_threshold(np.array([0.1, 0.9]), np.array([False, False])) > 0.9
