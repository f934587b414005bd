"""Integrated gradients in a TensorFlow graph (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365)."""

from collections.abc import Callable
from typing import Any

import numpy as np


def integrated_gradients(
    scores: Callable[[Any], Any], vectors: Any, baseline: Any, texts: Any, steps: int, at_once: Any
) -> tuple[Any, Any, Any]:
    """Return what each token adds to the score of its text on the straight way from a baseline to the text.

    The integral of equation 1 is a sum over the nodes of Gauss and Lobatto, of which far fewer do than of equal steps.
    The first and the last node are the ends of the way, so that the scores of both need no call of their own.

    Args:
        scores: returns the scores float32 (s, n) of texts at s points of the way, float32 (s, ..., width).
        vectors: float32 (..., width), the word vectors of all tokens of n texts.
        baseline: the same shape.
        texts: n, int32.
        steps: the number of nodes, at least 2.
        at_once: int32, how many points are computed together.

    Returns:
        The contributions float32 (...), and the scores of the baseline and of the texts, float32 (n,) each.
    """
    import tensorflow as tf

    nodes, weights = (tf.constant(each, tf.float32) for each in lobatto(steps))
    way = vectors - baseline
    spread = [-1] + [1] * len(vectors.shape)

    def step(start: Any, total: Any, reached: Any) -> tuple[Any, Any, Any]:
        part = slice(start, start + at_once)
        points = baseline + tf.reshape(nodes[part], spread) * way
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(points)
            found = scores(points)
            added = tf.reduce_sum(found)
        gradient = tape.gradient(added, points)
        total += tf.reduce_sum(tf.reshape(weights[part], spread) * gradient, axis=0)
        return start + at_once, total, tf.concat([reached, found], axis=0)

    _, mean, reached = tf.while_loop(
        lambda start, *_: start < steps,
        step,
        (tf.constant(0), tf.zeros_like(vectors), tf.zeros([0, texts])),
        shape_invariants=(tf.TensorShape([]), vectors.shape, tf.TensorShape([None, None])),
        parallel_iterations=1,
    )
    return tf.reduce_sum(mean * way, axis=-1), reached[0], reached[-1]


def lobatto(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the quadrature of Gauss and Lobatto from 0 to 1, float64 (count,) each.

    Abramowitz and Stegun 1964, "Handbook of mathematical functions", equation 25.4.32.
    """
    legendre = np.polynomial.legendre.Legendre.basis(count - 1)
    nodes = np.concatenate([[-1.0], np.sort(legendre.deriv().roots().real), [1.0]])
    weights = 2 / (count * (count - 1) * legendre(nodes) ** 2)
    return (nodes + 1) / 2, weights / 2
