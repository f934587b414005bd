"""Integrated gradients in a TensorFlow graph (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365)."""

from collections.abc import Callable
from typing import Any

import numpy as np

FEW = 13  # nodes; docs/explanations/word-contributions.md has the remainder by the number of nodes
# A larger remainder, as a share of the sum of absolute contributions, adds FEW - 1 nodes between these.
TOLERANCE = 0.05


def integrated_gradients(
    scores: Callable[[Any], Any], vectors: Any, baseline: Any, text_of: Any, texts: Any, at_once: Any
) -> tuple[Any, Any, Any]:
    """Return what each token adds to the score of its text on the straight line from a baseline to the text.

    The integral of equation 1 is a sum over the nodes of Clenshaw and Curtis, of which far fewer do than of equal
    steps. The ends of the line are nodes, so that the scores of both need no call of their own. If the sum leaves too
    much of the scores' difference, nodes are added between those that were used, and nothing is computed twice.

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

    every = 2 * FEW - 1
    fine, weights_of_fine = clenshaw_curtis(every)
    order = np.concatenate([np.arange(0, every, 2), np.arange(1, every, 2)])
    nodes, weights_of_all = (tf.constant(each[order], tf.float32) for each in (fine, weights_of_fine))
    weights_of_few = tf.constant(np.append(clenshaw_curtis(FEW)[1], np.zeros(FEW - 1)), tf.float32)
    way = vectors - baseline

    def contributions(mean: Any) -> Any:
        return tf.reduce_sum(mean * way, axis=-1)

    def ends_of(reached: Any) -> tuple[Any, Any]:
        # Sums, because there are none before the first step.
        return tf.reduce_sum(reached[:1], axis=0), tf.reduce_sum(reached[FEW - 1 : FEW], axis=0)

    def is_rough(mean: Any, reached: Any) -> Any:
        added, (base, score) = contributions(mean), ends_of(reached)
        sums, sizes = (tf.math.unsorted_segment_sum(each, text_of, texts) for each in (added, tf.abs(added)))
        return tf.reduce_any(tf.abs(score - base - sums) > TOLERANCE * sizes)

    def goes_on(start: Any, by_few: Any, _: Any, reached: Any) -> Any:
        return (start != FEW) & (start < every) | (start == FEW) & is_rough(by_few, reached)

    def step(start: Any, by_few: Any, by_all: Any, reached: Any) -> tuple[Any, Any, Any, Any]:
        end = tf.minimum(start + at_once, tf.where(start < FEW, FEW, every))
        points = baseline + nodes[start:end, None, None] * way
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(points)
            found = scores(points)
            added = tf.reduce_sum(found)
        gradient = tape.gradient(added, points)
        few, all_of_them = (tf.tensordot(each[start:end], gradient, 1) for each in (weights_of_few, weights_of_all))
        return end, by_few + few, by_all + all_of_them, tf.concat([reached, found], axis=0)

    none = tf.zeros_like(vectors)
    end, by_few, by_all, reached = tf.while_loop(
        goes_on,
        step,
        (tf.constant(0), none, none, tf.zeros([0, texts])),
        shape_invariants=(tf.TensorShape([]), vectors.shape, vectors.shape, tf.TensorShape([None, None])),
        parallel_iterations=1,
    )
    return contributions(tf.where(end == every, by_all, by_few)), *ends_of(reached)


def clenshaw_curtis(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the quadrature of Clenshaw and Curtis from 0 to 1, float64 (count,) each.

    Every second node for 2 count - 1 is one for count. The weights integrate each Chebyshev polynomial of a degree
    below count exactly: Trefethen 2008, "Is Gauss quadrature better than Clenshaw-Curtis?", SIAM Review 50, section 2.
    """
    degrees = np.arange(count)
    nodes = -np.cos(np.pi * degrees / (count - 1))
    even = degrees % 2 == 0
    integrals = np.divide(2.0, 1.0 - degrees**2, out=np.zeros(count), where=even)
    weights = np.linalg.solve(np.polynomial.chebyshev.chebvander(nodes, count - 1).T, integrals)
    return (nodes + 1) / 2, weights / 2
