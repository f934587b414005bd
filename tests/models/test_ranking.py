"""The rankings by which retrievers choose on validation."""

import numpy as np
import pytest
from tiny_data import tiny_retrieval_dataset

from textlab.models import ranking


def unit_vectors(count, dimension=4, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_nearest_documents_come_first():
    documents, queries = unit_vectors(50), unit_vectors(7, seed=1)
    expected = np.argsort(-(queries @ documents.T), axis=1, kind="stable")[:, :10]
    np.testing.assert_array_equal(ranking.ranked(documents, queries, 10), expected)


def test_ranking_holds_no_more_than_all_documents():
    assert ranking.ranked(unit_vectors(3), unit_vectors(2), 100).shape == (2, 3)


def test_equal_documents_are_ranked_by_position():
    documents = np.repeat(unit_vectors(1), 5, axis=0)
    assert ranking.ranked(documents, unit_vectors(1, seed=2), 5).tolist() == [[0, 1, 2, 3, 4]]


def test_queries_that_do_not_fit_into_memory_at_once_are_ranked_alike(monkeypatch):
    documents, queries = unit_vectors(30), unit_vectors(9, seed=1)
    at_once = ranking.ranked(documents, queries, 5)
    monkeypatch.setattr(ranking, "NUMBERS_AT_ONCE", 60)
    np.testing.assert_array_equal(ranking.ranked(documents, queries, 5), at_once)


def test_ranking_with_every_best_document_first_scores_one():
    dataset = tiny_retrieval_dataset()
    found = [sorted(grades, key=grades.get, reverse=True) for grades in dataset.relevant("validation").values()]
    assert ranking.ranking_measures(dataset, dataset.validation, found) == {
        "validation_ndcg_10": 1.0,
        "validation_recall_100": 1.0,
    }


def test_chosen_metric_stands_beside_recall():
    dataset = tiny_retrieval_dataset()
    nothing = [[] for _ in dataset.validation["id"]]
    assert ranking.ranking_measures(dataset, dataset.validation, nothing, "mrr_10") == {
        "validation_mrr_10": 0.0,
        "validation_recall_100": 0.0,
    }


@pytest.mark.parametrize(("most", "count"), [(3, 3), (100, 8)])
def test_same_validation_queries_are_drawn_each_time(most, count):
    dataset = tiny_retrieval_dataset()
    drawn = ranking.validation_queries(dataset, most)
    assert len(drawn) == count
    assert drawn.equals(ranking.validation_queries(dataset, most))
