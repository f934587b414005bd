"""Trees in a TensorFlow graph, from core operations only."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from textlab.bundle_format.graph import EXPLAIN, SIGNATURE
from textlab.features.tfidf_graph import column_sums, ngram_counts, write_vocabulary
from textlab.models.explaining.signature import explaining_function, explanation
from textlab.models.trees.explanation import path_values
from textlab.models.trees.features import COMPONENT_BITS, LARGEST_COUNT, TreeFeatures, count_multiples
from textlab.models.trees.nodes import Nodes
from textlab.text.graph import held_once
from textlab.text.original_words import original_words, words_of_tokens
from textlab.text.vocabulary_table import vocabulary_table

WINDOW = 16  # nodes that are read and compared at once


def export_trees(
    features: TreeFeatures,
    nodes: Nodes,
    n_classes: int,
    answered: Callable[[Any], dict[str, Any]],
    folder: Path,
    weights_of: Callable[[Any], Any] | None = None,
) -> None:
    """Write a SavedModel.

    Args:
        features: the fitted features, restricted to the columns that the trees use.
        nodes: the trees.
        n_classes: k.
        answered: turns the sums of the leaves, a tensor float64 (n, k), into what the signature returns.
        folder: the folder to write, which does not exist yet.
        weights_of: returns the weights of the sums in the score of each class, float32 (n, k) for int32 (n,); None for
            an export without explanations.
    """
    import tensorflow as tf

    module = tf.Module()
    module.nodes = _windows(nodes)
    module.values = [tf.Variable(nodes.classes), tf.Variable(nodes.values)]
    module.features = [tf.Variable(features.directions), tf.Variable(features.idf_multiples)]
    with tempfile.TemporaryDirectory() as scratch:
        tables = [vocabulary_table(write_vocabulary(block, Path(scratch))) for block in features.tfidf.blocks]
        steps = features.tfidf.processor.in_graph(Path(scratch))
        processor = held_once(steps)
        module.tables = [*tables, *steps.tables]

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(text: Any) -> dict[str, Any]:
            columns = _columns(features, tables, module.features, processor(text))
            sums = _sums(columns, nodes.roots, module.nodes, module.values, n_classes)
            return answered(sums)

        signatures = {SIGNATURE: serve}
        if weights_of is not None:
            module.cover = tf.Variable(nodes.cover)
            arrays = [module.nodes[2], *module.nodes[:2], *module.values, module.cover]

            def explain(text: Any, target: Any) -> dict[str, Any]:
                words, tokens = original_words(text), tf.strings.split(processor(text))
                of_tokens = words_of_tokens(words, tokens, tf.strings.split(processor(words.pieces)))
                columns = _columns(features, tables, module.features, processor(text))
                base, changes, score = tf.map_fn(
                    lambda each: path_values(each[0], nodes, arrays, each[1]),
                    (columns, weights_of(target)),
                    fn_output_signature=(tf.float64, tf.float64, tf.float64),
                )
                changes = tf.cast(changes, tf.float32)
                absent = tf.reduce_sum(tf.where(columns > 0, 0.0, changes), axis=1)
                ends = np.cumsum([0, *(len(block.vocabulary) for block in features.tfidf.blocks)])
                parts = zip(features.tfidf.blocks, tables, ends[:-1], ends[1:], strict=True)
                contributions = tf.add_n(
                    [column_sums(block, table, changes[:, start:end], tokens) for block, table, start, end in parts]
                )
                base, score = (tf.cast(each, tf.float32) for each in (base, score))
                return explanation(of_tokens, contributions, base + absent, score)

            signatures[EXPLAIN] = explaining_function(explain)
        tf.saved_model.save(module, str(folder), signatures=signatures)


def _windows(nodes: Nodes) -> list[Any]:
    """Return feature and threshold as variables (windows, `WINDOW`), filled up with leaves, and right (nodes,)."""
    import tensorflow as tf

    missing = -len(nodes.feature) % WINDOW
    feature = np.pad(nodes.feature, (0, missing)).reshape(-1, WINDOW)
    threshold = np.pad(nodes.threshold, (0, missing), constant_values=-np.inf).reshape(-1, WINDOW)
    return [tf.Variable(feature), tf.Variable(threshold), tf.Variable(nodes.right)]


def _columns(features: TreeFeatures, tables: list[Any], variables: list[Any], texts: Any) -> Any:
    """Compute the features of processed texts (n,), dense float32 (n, columns), as `TreeFeatures.transform` does."""
    import tensorflow as tf

    found, offset = [], 0
    for block, table in zip(features.tfidf.blocks, tables, strict=True):
        rows, columns, counts = ngram_counts(block, table, texts)
        found.append((rows, columns + offset, counts))
        offset += len(block.vocabulary)
    rows, columns, counts = (tf.concat(parts, axis=0) for parts in zip(*found, strict=True))
    size = tf.shape(texts, out_type=tf.int64)[0]
    if not features.components:
        cells = tf.stack([rows, columns], axis=1)
        return tf.scatter_nd(cells, tf.cast(counts, tf.float32), tf.stack([size, offset]))
    directions, idf = variables
    multiples = tf.gather(tf.constant(count_multiples()), tf.minimum(counts, LARGEST_COUNT))
    values = tf.cast(multiples * tf.gather(idf, columns), tf.float64)
    lengths = tf.sqrt(tf.math.unsorted_segment_sum(values * values, rows, size))
    products = values[:, None] * tf.cast(tf.gather(directions, columns), tf.float64)
    projected = tf.math.divide_no_nan(tf.math.unsorted_segment_sum(products, rows, size), lengths[:, None])
    return tf.cast(projected / 2**COMPONENT_BITS, tf.float32)


def _sums(columns: Any, roots: np.ndarray, nodes: list[Any], leaves: list[Any], n_classes: int) -> Any:
    """Add what the leaves say, as `Nodes.sums` does: float64 (n, k).

    All trees of all texts move at once; a pair of a text and a tree leaves the loop when it reaches its leaf. The left
    child of a node is the next node, so consecutive nodes follow the path for as long as it turns left. One step reads
    the window that holds the present node, and moves to the right child of the first node from there on at which the
    text turns right; without one, to the next window. A rare n-gram is absent from most texts, so paths turn left far
    more often than right. Windows lie side by side, because reading one of them whole is faster than reading its nodes
    one by one.
    """
    import tensorflow as tf

    (feature, threshold, right), (classes, values) = nodes, leaves
    size, width = tf.shape(columns)[0], tf.shape(columns)[1]
    flat, window, last = tf.reshape(columns, [-1]), tf.range(WINDOW), tf.size(right) - 1

    def move(position: Any, text: Any, sums: Any) -> tuple[Any, Any, Any]:
        row, place = position // WINDOW, position % WINDOW
        compared = tf.gather(flat, (text * width)[:, None] + tf.gather(feature, row))
        turns_right = (compared > tf.gather(threshold, row)) & (window >= place[:, None])
        first = WINDOW - tf.reduce_max(tf.cast(turns_right, tf.int32) * (WINDOW - window), axis=1)  # WINDOW if none
        after = row * WINDOW + first
        after = tf.where(first < WINDOW, tf.gather(right, tf.minimum(after, last)), after)
        ended = after < 0
        leaf, owner = -1 - tf.boolean_mask(after, ended), tf.boolean_mask(text, ended)
        targets = owner[:, None] * n_classes + tf.gather(classes, leaf)
        added = tf.cast(tf.gather(values, leaf), tf.float64)
        sums += tf.math.unsorted_segment_sum(tf.reshape(added, [-1]), tf.reshape(targets, [-1]), size * n_classes)
        return tf.boolean_mask(after, ~ended), tf.boolean_mask(text, ~ended), sums

    _, _, sums = tf.while_loop(
        lambda position, text, sums: tf.size(position) > 0,
        move,
        (
            tf.tile(tf.constant(roots), [size]),
            tf.repeat(tf.range(size), len(roots)),
            tf.zeros([size * n_classes], tf.float64),
        ),
        shape_invariants=(tf.TensorShape([None]), tf.TensorShape([None]), tf.TensorShape([None])),
    )
    return tf.reshape(sums, [size, n_classes])
