"""GloVe agrees with a slow implementation of its equations."""

import numpy as np
import pytest

from textlab.features.vectors.glove import GloveState, co_occurrences, run_epoch, train_glove, weighting

TEXTS = [["a", "b", "x", "c"], ["a", "a"], ["b", "c"]]
WORDS = ["a", "b", "c"]


def slow_epoch(state: GloveState, rows, columns, logarithms, weights, rate: float) -> float:
    """Run equation 8 and AdaGrad in float64, pair by pair."""
    n, loss = len(state.vectors) // 2, 0.0
    for i, j, logarithm, weight in zip(rows, columns + n, logarithms, weights, strict=True):
        difference = state.vectors[i] @ state.vectors[j] + state.biases[i] + state.biases[j] - logarithm
        loss += 0.5 * weight * difference**2
        gradients = {i: weight * difference * state.vectors[j], j: weight * difference * state.vectors[i]}
        for k, gradient in gradients.items():
            state.vectors[k] -= rate * gradient / np.sqrt(state.vector_squares[k])
            state.vector_squares[k] += gradient**2
            state.biases[k] -= rate * weight * difference / np.sqrt(state.bias_squares[k])
            state.bias_squares[k] += (weight * difference) ** 2
    return loss


def tiny_problem(word_count: int = 7, width: int = 5, pairs: int = 60):
    random = np.random.default_rng(3)
    rows, columns = random.integers(word_count, size=(2, pairs)).astype(np.int32)
    logarithms = random.normal(1, 1, pairs).astype(np.float32)
    weights = random.random(pairs).astype(np.float32)
    return GloveState.initial(word_count, width, random), rows, columns, logarithms, weights


def test_counts_are_weighted_by_distance_and_do_not_cross_texts():
    counts = co_occurrences(TEXTS, WORDS, window=2).toarray()
    # a-b: 1; a-c: 1/2, for x is taken out; b-c: 1 and 1; a-a: once from either side.
    np.testing.assert_allclose(counts, [[2, 1, 0.5], [1, 0, 2], [0.5, 2, 0]])


def test_window_of_one_counts_only_neighbours():
    assert co_occurrences(TEXTS, WORDS, window=1).toarray()[0, 2] == 0


def test_window_may_be_longer_than_the_texts():
    assert co_occurrences([["a", "b"]], WORDS, window=50).toarray()[0, 1] == 1


def test_weights_rise_to_one():
    np.testing.assert_allclose(weighting(np.array([1.0, 10, 100]), 10, 0.75), [10**-0.75, 1, 1], rtol=1e-6)


def test_compiled_epoch_agrees_with_the_slow_implementation():
    state, *pairs = tiny_problem()
    slow = GloveState(*(np.array(array, np.float64) for array in vars(state).values()))
    losses = [(run_epoch(state, *pairs, 0.1), slow_epoch(slow, *pairs, 0.1)) for _ in range(3)]
    for fast, expected in losses:
        assert fast == pytest.approx(expected, rel=1e-4)
    for fast, expected in zip(vars(state).values(), vars(slow).values(), strict=True):
        np.testing.assert_allclose(fast, expected, rtol=2e-4, atol=1e-5)


def test_first_step_follows_the_gradient_of_the_loss():
    state, *pairs = tiny_problem(pairs=1)
    before = state.vectors.copy()
    run_epoch(state, *pairs, 1e-3)
    step = (before - state.vectors) / 1e-3  # the squares begin at one, so the first step is the gradient
    i, j, epsilon = pairs[0][0], pairs[1][0] + 7, 1e-5
    for k in range(5):
        losses = []
        for shift in (epsilon, -epsilon):
            fresh = GloveState(*(np.array(array, np.float64) for array in vars(tiny_problem(pairs=1)[0]).values()))
            fresh.vectors[i, k] += shift
            losses.append(slow_epoch(fresh, *pairs, 0.0))
        assert step[i, k] == pytest.approx((losses[0] - losses[1]) / (2 * epsilon), rel=1e-2)
    assert not np.array_equal(before[j], state.vectors[j])


def test_loss_falls_and_products_approach_the_logarithms():
    counts = co_occurrences(TEXTS * 20, WORDS, window=2).tocoo()
    state = GloveState.initial(3, 4, np.random.default_rng(0))
    arrays = counts.row.astype(np.int32), counts.col.astype(np.int32), np.log(counts.data).astype(np.float32)
    weights = weighting(counts.data, 10, 0.75)
    losses = [run_epoch(state, *arrays, weights, 0.1) for _ in range(300)]
    assert losses[0] > 10 * losses[20] > 100 * losses[299]
    products = (state.vectors[:3] @ state.vectors[3:].T + state.biases[:3, None] + state.biases[3:])[
        counts.row, counts.col
    ]
    np.testing.assert_allclose(products, np.log(counts.data), atol=0.05)


def test_same_seed_gives_the_same_vectors_and_another_seed_does_not():
    first, again, other = (train_glove(TEXTS, WORDS, 4, 2, 3, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.shape == (3, 4)
    assert first.dtype == np.float32
