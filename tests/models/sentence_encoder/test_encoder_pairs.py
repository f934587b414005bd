"""Batches of queries and documents, their loss, and the documents that are hard to tell from relevant ones."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from tiny_data import tiny_retrieval_dataset

from textlab.models.in_batch_negatives import in_batch_loss, relevant_pairs
from textlab.models.sentence_encoder.mining import NEGATIVES, hard_negatives, searched_documents
from textlab.models.sentence_encoder.pairs import QueryPairs, grouped

NONE = np.full((40, NEGATIVES), -1, np.int64)


def random():
    return np.random.default_rng(7)


def unit(*rows):
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_pairs_hold_only_documents_of_the_highest_grade():
    dataset = tiny_retrieval_dataset()
    pairs, relevant = relevant_pairs(dataset)
    grades = dataset.relevant("train")
    for query, document in pairs:
        graded = grades[dataset.train["id"].iloc[query]]
        assert graded[dataset.documents["id"].iloc[document]] == max(graded.values())
    assert relevant.nnz == sum(map(len, grades.values()))


def test_each_query_comes_once_an_epoch_with_one_of_its_documents():
    dataset = tiny_retrieval_dataset(20)
    pairs, _ = relevant_pairs(dataset)
    batches = QueryPairs(pairs, NONE, 0).shuffled(8, random())
    assert [len(batch) for batch in batches] == [8, 8, 4]
    assert sorted(np.concatenate([batch.queries for batch in batches])) == list(range(20))
    allowed = set(map(tuple, pairs))
    assert all(pair in allowed for batch in batches for pair in zip(batch.queries, batch.targets, strict=True))


def test_query_with_several_documents_gets_others_in_other_epochs():
    pairs = np.array([[0, document] for document in range(30)])
    examples = QueryPairs(pairs, NONE, 0)
    drawn = np.random.default_rng(1)
    assert len({int(examples.shuffled(8, drawn)[0].targets[0]) for _ in range(10)}) > 3


def test_queries_with_the_same_document_stand_together():
    labels = np.repeat(np.arange(10), 8)
    order = grouped(labels, 4, random())
    assert sorted(order) == list(range(80))
    assert all(len(set(labels[order[start : start + 4]])) == 1 for start in range(0, 80, 4))


def test_batches_depend_on_the_random_numbers_alone():
    pairs, _ = relevant_pairs(tiny_retrieval_dataset(20))
    one, other = (QueryPairs(pairs, NONE, 0).shuffled(8, random()) for _ in range(2))
    assert all(
        (a.queries == b.queries).all() and (a.targets == b.targets).all() for a, b in zip(one, other, strict=True)
    )


def test_batch_gets_mined_negatives_for_each_of_its_documents():
    pairs = np.array([[0, 0], [1, 0], [2, 1]])
    mined = NONE.copy()
    mined[:3, 0] = [5, 5, 0]  # document 0 is in the batch already
    (batch,) = QueryPairs(pairs, mined, NEGATIVES).shuffled(8, random())
    assert batch.negatives.tolist() == [5]


def test_parts_of_a_batch_hold_all_its_queries_once():
    pairs, _ = relevant_pairs(tiny_retrieval_dataset(20))
    batch = QueryPairs(pairs, NONE, 0).shuffled(20, random())[0]
    parts = list(batch.split(8))
    assert [len(part) for part in parts] == [8, 8, 4]
    assert np.concatenate([part.queries for part in parts]).tolist() == batch.queries.tolist()


def test_relevant_document_of_any_grade_is_no_negative_in_the_batch():
    query, documents = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    free = in_batch_loss(query, documents, np.array([0]), np.array([[True, False]]), 0.05)
    masked = in_batch_loss(query, documents, np.array([0]), np.array([[True, True]]), 0.05)
    assert float(free) > 10
    assert float(masked) == 0


def test_hard_negatives_are_the_nearest_that_are_clearly_not_relevant():
    documents = unit([1, 0], [1, 0.02], [1, 0.5], [1, 1], [0, 1])
    relevant = csr_matrix(np.array([[1, 0, 0, 0, 1.0]]))
    mined = hard_negatives(unit([1, 0]), documents, relevant)
    assert mined[0].tolist() == [2, 3, *[-1] * (NEGATIVES - 2)]  # 1 is as near as a relevant one, 4 is relevant


def test_query_without_known_documents_gets_no_hard_negatives():
    mined = hard_negatives(unit([1, 0]), unit([1, 0.5]), csr_matrix((1, 1)))
    assert (mined == -1).all()


@pytest.mark.parametrize("most", [2, 4, 100])
def test_documents_searched_for_negatives_hold_every_relevant_one(most, monkeypatch):
    monkeypatch.setattr("textlab.models.sentence_encoder.mining.MOST_DOCUMENTS", most)
    relevant = csr_matrix((np.ones(3), ([0, 0, 1], [9, 4, 4])), shape=(2, 10))
    found = searched_documents(relevant, seed=1)
    assert {4, 9} <= set(found.tolist())
    assert len(found) == min(max(most, 2), 10)
    assert (np.diff(found) > 0).all()
