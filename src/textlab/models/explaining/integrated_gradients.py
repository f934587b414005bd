"""Integrated gradients in a TensorFlow graph (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365)."""

from collections.abc import Callable
from typing import Any

import numpy as np


def integrated_gradients(
    scores: Callable[[Any], Any], vectors: Any, baseline: Any, steps: int, at_once: Any
) -> tuple[Any, Any, Any]:
    """Return what each token adds to the score of its text on the straight way from a baseline to the text.

    The integral of equation 1 is a sum over the nodes of Gauss and Legendre, which need fewer steps than equal ones.

    Args:
        scores: returns the scores float32 (s, n) of texts at s points of the way, float32 (s, ..., width).
        vectors: float32 (..., width), the word vectors of all tokens of n texts.
        baseline: the same shape.
        steps: the number of nodes.
        at_once: int32, how many points are computed together.

    Returns:
        The contributions float32 (...), and the scores of the baseline and of the texts, float32 (n,) each.
    """
    import tensorflow as tf

    nodes, weights = np.polynomial.legendre.leggauss(steps)
    nodes, weights = tf.constant((nodes + 1) / 2, tf.float32), tf.constant(weights / 2, tf.float32)
    way = vectors - baseline
    spread = [-1] + [1] * len(vectors.shape)

    def step(start: Any, total: Any) -> tuple[Any, Any]:
        part = slice(start, start + at_once)
        points = baseline + tf.reshape(nodes[part], spread) * way
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(points)
            reached = tf.reduce_sum(scores(points))
        gradient = tape.gradient(reached, points)
        return start + at_once, total + tf.reduce_sum(tf.reshape(weights[part], spread) * gradient, axis=0)

    _, mean = tf.while_loop(
        lambda start, _: start < steps,
        step,
        (tf.constant(0), tf.zeros_like(vectors)),
        shape_invariants=(tf.TensorShape([]), vectors.shape),
        parallel_iterations=1,
    )
    base, score = tf.unstack(scores(tf.stack([baseline, vectors])))
    return tf.reduce_sum(mean * way, axis=-1), base, score
