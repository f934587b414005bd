"""Explanations: words of the original text, tokens that are found again in it, and integrals along a path."""

import numpy as np
import pytest
import tensorflow as tf

from textlab.models.explaining.integrated_gradients import clenshaw_curtis, integrated_gradients
from textlab.models.explaining.signature import contrast
from textlab.models.lstm.graph import differentiable_lstm
from textlab.text.graph import encode, normalise
from textlab.text.original_words import original_words, words_of_tokens

TEXTS = [
    "the crew  was\tlovely \n",
    "",
    " \u00a0\u3000",
    "  x",
    "SOOOO good!!! @AirParadis &lt;3 https://t.co/x #blessed",
    "👩\u200d👧🏽 rüde cafe\u0301 שלום",
    "wow &nbsp;&nbsp; wow\u200b\u200bwow",
]


def words_in(texts, tokens_of):
    """For each text its words with their tokens."""
    texts_in_graph = tf.constant(encode(texts))
    words = original_words(texts_in_graph)
    tokens = tokens_of(texts_in_graph)
    found = words_of_tokens(words, tokens, tokens_of(words.pieces))
    told = [[] for _ in texts]
    for place, row in enumerate(found.rows.numpy()):
        start, end = int(found.starts[place]), int(found.ends[place])
        mine = [token.decode() for token in tokens.values.numpy()[found.of_token.numpy() == place]]
        told[row].append((texts[row][start:end], mine))
    return told


def normalised_tokens(texts):
    return tf.strings.split(normalise(texts))


def test_words_are_those_that_python_splits():
    told = words_in(TEXTS, normalised_tokens)
    assert [[word for word, _ in text] for text in told] == [text.split() for text in TEXTS]


def test_each_token_belongs_to_the_word_that_it_was_made_of():
    told = words_in(TEXTS, normalised_tokens)
    assert dict(told[4]) == {
        "SOOOO": ["soo"],
        "good!!!": ["good", "!!"],
        "@AirParadis": ["<user>"],
        "&lt;3": ["<smile>"],
        "https://t.co/x": ["<url>"],
        "#blessed": ["<hashtag>", "blessed"],
    }
    assert told[6] == [("wow", ["wow"]), ("&nbsp;&nbsp;", []), ("wow\u200b\u200bwow", ["wow", "wow"])]


def test_pieces_add_up_to_the_text():
    words = original_words(tf.constant(encode(TEXTS)))
    pieces = [b"".join(words.pieces.numpy()[words.rows.numpy() == row]).decode() for row in range(len(TEXTS))]
    assert [piece for piece in pieces if piece] == [text for text in TEXTS if text.split()]


def test_words_that_are_read_otherwise_together_count_as_one():
    def joining(texts):
        return tf.strings.split(tf.strings.regex_replace(tf.strings.strip(texts), "new york", "new_york"))

    (told,) = words_in(["a new york day in town"], joining)
    assert told == [("a", ["a"]), ("new york", ["new_york"]), ("day", ["day"]), ("in", ["in"]), ("town", ["town"])]


def test_no_text_at_all_has_no_words():
    words = original_words(tf.zeros([0], tf.string))
    assert words.rows.shape == words.pieces.shape == (0,)


def test_integral_of_a_polynomial_is_exact():
    def scores(points):
        return tf.reduce_sum(points**3, axis=(1, 2))[:, None]

    vectors, baseline = tf.constant([[1.0, 2.0], [0.5, -1.0]]), tf.constant([[0.0, 1.0], [0.5, 0.0]])
    for at_once in (1, 5, 64):
        found, base, score = integrated_gradients(scores, vectors, baseline, tf.constant([0, 0], tf.int64), 1, at_once)
        np.testing.assert_allclose(found, [1 + 7, -1], rtol=1e-5)
        np.testing.assert_allclose(base + tf.reduce_sum(found), score, rtol=1e-5)


@pytest.mark.parametrize(("steepness", "nodes"), [(4, 13), (30, 25)])
def test_steep_score_is_computed_again_with_more_nodes(steepness, nodes):
    counted = []

    def scores(points):
        counted.append(len(points))
        return tf.sigmoid(steepness * (tf.reduce_sum(points, axis=(1, 2)) - 0.5))[:, None]

    one = tf.ones([1, 1])
    found, base, score = integrated_gradients(scores, one, 0 * one, tf.constant([0], tf.int64), 1, 64)
    assert sum(counted) == nodes
    assert float(tf.reduce_sum(found)) == pytest.approx(float(score[0] - base[0]), rel=0.05)


def test_nodes_of_clenshaw_and_curtis_are_the_published_ones_and_nested():
    nodes, weights = clenshaw_curtis(5)
    np.testing.assert_allclose(2 * nodes - 1, [-1, -np.sqrt(0.5), 0, np.sqrt(0.5), 1], atol=1e-12)
    np.testing.assert_allclose(2 * weights, [1 / 15, 8 / 15, 4 / 5, 8 / 15, 1 / 15])
    np.testing.assert_allclose(clenshaw_curtis(9)[0][::2], nodes, atol=1e-12)


def test_score_of_two_classes_is_the_log_odds_and_of_independent_labels_the_logit():
    logits = tf.constant([[1.0, 3.0]])
    assert float(tf.reduce_sum(logits * contrast(tf.constant([1]), 2, independent=False))) == 2
    assert float(tf.reduce_sum(logits * contrast(tf.constant([1]), 2, independent=True))) == 3
    assert tf.reduce_sum(contrast(tf.constant([0, 2]), 3, independent=False)).numpy() == pytest.approx(0, abs=1e-6)


def test_gradient_of_the_lstm_is_that_of_differences():
    random = np.random.default_rng(0)
    states, kernel, bias = (tf.constant(random.normal(size=size), tf.float32) for size in [(3, 2, 2), (5, 12), 12])
    with tf.GradientTape() as tape:
        tape.watch(states)
        total = tf.reduce_sum(differentiable_lstm(states, kernel, bias) ** 2)
    gradient = tape.gradient(total, states).numpy()
    step = 1e-2 * random.normal(size=(3, 2, 2)).astype(np.float32)
    ends = [tf.reduce_sum(differentiable_lstm(states + sign * step, kernel, bias) ** 2) for sign in (1, -1)]
    assert float(ends[0] - ends[1]) / 2 == pytest.approx(float((gradient * step).sum()), rel=1e-2)
