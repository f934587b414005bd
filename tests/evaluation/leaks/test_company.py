import numpy as np
import pytest
from scipy.sparse import csr_matrix

from textlab.evaluation.leaks.company import keeps_company

WORDS = 40


@pytest.fixture
def texts():
    """Texts of 40 words, of which the first 20 belong to one topic and the others to another; and each text's topic."""
    rng = np.random.default_rng(0)
    topic = rng.random(150) < 0.4
    share = np.where((np.arange(WORDS) < WORDS / 2) == topic[:, None], 0.2, 0.08)
    return (rng.random((len(topic), WORDS)) < share).astype(int), topic


def test_word_of_a_topic_keeps_company(texts):
    tokens, topic = texts
    assert keeps_company(topic, csr_matrix(tokens))


def test_mark_on_random_texts_keeps_no_company(texts):
    tokens, topic = texts
    marks = [np.random.default_rng(seed).permutation(topic) for seed in range(5)]
    assert sum(keeps_company(mark, csr_matrix(tokens)) for mark in marks) <= 1  # few are alike by chance


def test_other_words_of_the_same_phrase_are_no_company(texts):
    tokens, topic = texts
    mark = np.random.default_rng(1).permutation(topic)
    assert not keeps_company(mark, csr_matrix(np.column_stack([tokens, mark, mark])))


def test_few_texts_prove_no_company(texts):
    tokens, _ = texts
    has = np.arange(len(tokens)) < 5
    assert not keeps_company(has, csr_matrix(np.column_stack([tokens, has])))
