"""Integrated gradients in a TensorFlow graph (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365)."""

from collections.abc import Callable
from typing import Any

import numpy as np

STEPS = (12, 24)  # docs/explanations/word-contributions.md: the remainder by the number of nodes
TOLERANCE = 0.05  # of the sum of absolute contributions; a larger remainder is worth the second number of nodes


def integrated_gradients(
    scores: Callable[[Any], Any], vectors: Any, baseline: Any, text_of: Any, texts: Any, at_once: Any
) -> tuple[Any, Any, Any]:
    """Return what each token adds to the score of its text on the straight line from a baseline to the text.

    The integral of equation 1 is a sum over the nodes of Gauss and Lobatto, of which far fewer do than of equal steps.
    The first and the last node are the ends of the line, so that the scores of both need no call of their own. If the
    sum leaves too much of the scores' difference, it is computed again with more nodes.

    Args:
        scores: returns the scores float32 (s, n) of texts at s points of the line, float32 (s, m, width).
        vectors: float32 (m, width), the word vectors of all tokens of n texts.
        baseline: the same shape.
        text_of: int64 (m,), the text of each token.
        texts: n, int32.
        at_once: int32, how many points are computed together.

    Returns:
        The contributions float32 (m,), and the scores of the baseline and of the texts, float32 (n,) each.
    """
    import tensorflow as tf

    few, all_nodes = STEPS[0], sum(STEPS)
    nodes, weights = (tf.constant(np.concatenate(each), tf.float32) for each in zip(*map(lobatto, STEPS), strict=True))
    way = vectors - baseline

    def contributions(mean: Any) -> Any:
        return tf.reduce_sum(mean * way, axis=-1)

    def ends_of(reached: Any) -> tuple[Any, Any]:
        return tf.reduce_sum(reached[:1], axis=0), tf.reduce_sum(reached[-1:], axis=0)  # there are none before a step

    def is_rough(mean: Any, reached: Any) -> Any:
        added, (base, score) = contributions(mean), ends_of(reached)
        sums, sizes = (tf.math.unsorted_segment_sum(each, text_of, texts) for each in (added, tf.abs(added)))
        return tf.reduce_any(tf.abs(score - base - sums) > TOLERANCE * sizes)

    def goes_on(start: Any, mean: Any, reached: Any) -> Any:
        return (start < few) | ((start > few) & (start < all_nodes)) | ((start == few) & is_rough(mean, reached))

    def step(start: Any, mean: Any, reached: Any) -> tuple[Any, Any, Any]:
        mean = tf.where(start == few, tf.zeros_like(mean), mean)
        end = tf.minimum(start + at_once, tf.where(start < few, few, all_nodes))
        points = baseline + nodes[start:end, None, None] * way
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(points)
            found = scores(points)
            added = tf.reduce_sum(found)
        gradient = tape.gradient(added, points)
        return end, mean + tf.tensordot(weights[start:end], gradient, 1), tf.concat([reached, found], axis=0)

    _, mean, reached = tf.while_loop(
        goes_on,
        step,
        (tf.constant(0), tf.zeros_like(vectors), tf.zeros([0, texts])),
        shape_invariants=(tf.TensorShape([]), vectors.shape, tf.TensorShape([None, None])),
        parallel_iterations=1,
    )
    return contributions(mean), *ends_of(reached)


def lobatto(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the quadrature of Gauss and Lobatto from 0 to 1, float64 (count,) each.

    Abramowitz and Stegun 1964, "Handbook of mathematical functions", equation 25.4.32.
    """
    legendre = np.polynomial.legendre.Legendre.basis(count - 1)
    nodes = np.concatenate([[-1.0], np.sort(legendre.deriv().roots().real), [1.0]])
    weights = 2 / (count * (count - 1) * legendre(nodes) ** 2)
    return (nodes + 1) / 2, weights / 2
