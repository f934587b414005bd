"""All four kinds of word vectors are trained on tiny corpora."""

import os
import subprocess
import sys

import numpy as np
import pytest
from features.vectors.worlds import ANIMALS, WEATHER, two_worlds

from textlab import data
from textlab.features.vectors.training import KINDS, count_tokens, train_word_vectors

FAST = {"width": 16, "epochs": 30, "minimum_count": 2}


@pytest.mark.parametrize("kind", KINDS)
def test_words_that_occur_together_are_nearest_to_each_other(kind):
    vectors = train_word_vectors(kind, two_worlds(), **FAST)
    for word, world in [("cat", {*ANIMALS, "eats", "sleeps"}), ("rain", {*WEATHER, "falls", "blows"})]:
        assert set(vectors.nearest(word, 4)["word"]) <= world
    assert vectors.matrix.shape == (14, 16)
    assert vectors.kind == kind


@pytest.fixture(scope="module")
def dataset() -> data.Dataset:
    return data.load("air_paradis")


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_the_test_split_alone_have_no_vector(kind, dataset):
    train, unseen = list(dataset.train["text"])[:300], [*dataset.validation["text"], *dataset.test["text"]]
    vectors = train_word_vectors(kind, train, width=4, epochs=1, minimum_count=1)
    known, foreign = set(count_tokens(train)), set(count_tokens(unseen)) - set(count_tokens(train))
    assert foreign
    assert set(vectors.words) == known
    if vectors.subwords is None:
        assert not vectors.vectors_for(sorted(foreign))[1].any()


def test_fasttext_composes_only_from_ngrams_of_training():
    vectors = train_word_vectors("fasttext", ["sunny day", "sunny sky"] * 5, width=4, epochs=1, minimum_count=1)
    composed, known = vectors.vectors_for(["sunnier", "qqqqq"])
    assert known.tolist() == [True, False]
    assert np.abs(composed[0]).sum() > 0


def test_fasttext_composes_a_known_word_close_to_its_vector():
    vectors = train_word_vectors("fasttext", two_worlds(), **FAST)
    composed, _ = vectors.subwords.compose(["horse"])
    own = vectors.matrix[vectors.index["horse"]]
    assert composed[0] @ own / np.linalg.norm(composed[0]) / np.linalg.norm(own) > 0.9


def test_texts_are_normalised_as_for_the_models():
    vectors = train_word_vectors("glove", ["GOOD @you https://t.co/x"] * 3, width=2, epochs=1)
    assert set(vectors.words) == {"good", "<user>", "<url>"}


def test_rare_words_have_no_vector_and_frequent_ones_come_first():
    vectors = train_word_vectors("word2vec", ["b a a", "a b once"], width=2, epochs=1, minimum_count=2)
    assert vectors.words == ("a", "b")


def test_numbers_are_the_same_in_a_process_with_another_hash_seed():
    texts, settings = ["a b c d", "b c d e", "c d e a"] * 20, {"width": 8, "epochs": 2, "seed": 5}
    program = (
        "from textlab.features.vectors.training import KINDS, train_word_vectors as train\n"
        f"print(*(train(kind, {texts}, **{settings}).digest for kind in KINDS))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    command = [sys.executable, "-c", program]
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert there == [train_word_vectors(kind, texts, **settings).digest for kind in KINDS]
    assert len(set(there)) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_gives_other_numbers(kind):
    first, second = (train_word_vectors(kind, two_worlds()[:50], width=4, epochs=1, seed=seed) for seed in (0, 1))
    assert first.words == second.words
    assert not np.array_equal(first.matrix, second.matrix)


@pytest.mark.parametrize(
    ("kind", "texts", "settings", "message"),
    [
        (
            "glov",
            ["a b"],
            {},
            "Unknown kind of word vectors 'glov'. Available: word2vec, word2vec_cbow, fasttext, glove",
        ),
        ("glove", ["a b"], {"width": 0}, r"width is 0\. It must be at least 1"),
        ("glove", ["a b"], {"seed": -1}, "seed is -1"),
        ("word2vec", ["a b"], {"minimum_count": 2}, "0 words occur 2 times or more in the 1 texts"),
        ("word2vec", [], {}, "0 words occur"),
    ],
)
def test_impossible_training_is_an_error(kind, texts, settings, message):
    with pytest.raises(ValueError, match=message):
        train_word_vectors(kind, texts, **settings)
