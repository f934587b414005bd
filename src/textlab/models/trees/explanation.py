"""What each n-gram of a text adds to the score of a class, in a graph of trees.

The value of a node is the mean of what its leaves say, weighted by their training examples. On its way to a leaf, a
text changes that value at each node, and the change belongs to the n-gram that the node compares (Saabas 2014,
"Interpreting random forests", https://blog.datadive.net/interpreting-random-forests/). The changes add up to the score
exactly. An n-gram that the text lacks belongs to no word of it, so that its changes belong to the base.
"""

from typing import Any

import numpy as np

from textlab.models.trees.nodes import Nodes


def path_values(columns: Any, nodes: Nodes, variables: list[Any], weights: Any) -> tuple[Any, Any, Any]:
    """Return the value of all roots, what each column changes, and the score, for one text.

    Args:
        columns: float32 (columns,), the features of the text.
        nodes: the trees, with `cover`.
        variables: right (nodes,), feature and threshold (windows, w), classes and values (rows, m), and cover
            (leaves,).
        weights: float32 (k,), the weights of the classes in the score.

    Returns:
        float64 (), float64 (columns,) and float64 ().
    """
    import tensorflow as tf

    right, feature, threshold, classes, values, cover = variables
    feature, threshold = tf.reshape(feature, [-1]), tf.reshape(threshold, [-1])
    of_rows = tf.cast(tf.reduce_sum(values * tf.gather(weights, classes), axis=1), tf.float64)
    is_leaf = right < 0
    row = tf.boolean_mask(-1 - right, is_leaf)
    counts = tf.cast(cover, tf.float64)
    leaves_before = tf.concat([[0], tf.cumsum(tf.cast(is_leaf, tf.int32))], axis=0)

    def running(amounts: Any) -> Any:
        return tf.concat([tf.zeros([1], tf.float64), tf.cumsum(amounts)], axis=0)

    covered, total = running(counts), running(counts * tf.gather(of_rows, row))

    def value(start: Any, end: Any) -> Any:
        """Return the mean of the leaves from a node to the one before another node."""
        first, last = tf.gather(leaves_before, start), tf.gather(leaves_before, end)
        return (tf.gather(total, last) - tf.gather(total, first)) / (
            tf.gather(covered, last) - tf.gather(covered, first)
        )

    starts = tf.constant(nodes.roots)
    ends = tf.constant(np.append(nodes.roots[1:], len(nodes.right)).astype(np.int32))
    base = tf.reduce_sum(value(starts, ends))

    def move(node: Any, end: Any, changes: Any) -> tuple[Any, Any, Any]:
        column, after = tf.gather(feature, node), tf.gather(right, node)
        turns_right = tf.gather(columns, column) > tf.gather(threshold, node)
        child = tf.where(turns_right, after, node + 1)
        limit = tf.where(turns_right, end, after)
        change = value(child, limit) - value(node, end)
        changes += tf.math.unsorted_segment_sum(change, column, tf.size(columns))
        inner = tf.gather(right, child) >= 0
        return tf.boolean_mask(child, inner), tf.boolean_mask(limit, inner), changes

    inner = tf.gather(right, starts) >= 0
    _, _, changes = tf.while_loop(
        lambda node, end, changes: tf.size(node) > 0,
        move,
        (tf.boolean_mask(starts, inner), tf.boolean_mask(ends, inner), tf.zeros_like(columns, tf.float64)),
        shape_invariants=(tf.TensorShape([None]), tf.TensorShape([None]), tf.TensorShape([None])),
    )
    return base, changes, base + tf.reduce_sum(changes)
