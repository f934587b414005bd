"""Tf-idf in a TensorFlow graph, using core operations only."""

from pathlib import Path
from typing import Any

import numpy as np

from textlab.features.tfidf import Block, TfidfFeatures
from textlab.text.vocabulary_table import vocabulary_table


def write_vocabulary(block: Block, folder: Path) -> Path:
    """Write a block's n-grams, one per line, for `textlab.text.vocabulary_table`; return the path."""
    path = folder / f"{block.analyser}_ngrams.txt"
    path.write_text("\n".join(block.vocabulary) + "\n", encoding="utf-8", newline="\n")
    return path


def _ngrams(block: Block, texts: Any) -> tuple[Any, Any]:
    """Return the row of each n-gram in normalised texts (n,), int64 (m,), and the n-grams, string (m,)."""
    import tensorflow as tf

    widths = list(range(block.widths[0], block.widths[1] + 1))
    tokens = tf.strings.split(texts)
    rows = tokens.value_rowids()
    if block.analyser == "word":
        grams = tf.strings.ngrams(tokens, widths, separator=" ")
        return grams.value_rowids(), grams.values
    padded = tf.strings.join([" ", tokens.values, " "])
    grams = tf.strings.ngrams(tf.strings.unicode_split(padded, "UTF-8"), widths, separator="")
    return tf.gather(rows, grams.value_rowids()), grams.values


class LinearGraph:
    """A linear layer on tf-idf of raw texts.

    Args:
        features: the fitted features.
        weights: float32 (columns, k).
        scratch: an existing folder for the vocabularies, which must stay until the SavedModel is written.

    Attributes:
        tracked: the variables and tables; the saved module must hold them as an attribute.
    """

    def __init__(self, features: TfidfFeatures, weights: np.ndarray, scratch: Path) -> None:
        import tensorflow as tf

        self._blocks = features.blocks
        ends = np.cumsum([len(block.vocabulary) for block in features.blocks])
        self._weights = [tf.Variable(part) for part in np.split(weights, ends[:-1])]
        self._idf = [tf.Variable(block.idf) for block in features.blocks]
        self._tables = [vocabulary_table(write_vocabulary(block, scratch)) for block in features.blocks]
        self._processor = features.processor.in_graph(scratch)
        self.tracked = [*self._weights, *self._idf, *self._tables, *self._processor.tables]

    def __call__(self, texts: Any) -> Any:
        """Return the sums float32 (n, k) of raw texts (n,)."""
        processed = self._processor(texts)
        parts = zip(self._blocks, self._tables, self._idf, self._weights, strict=True)
        return sum(weighted_sums(block, table, idf, weights, processed) for block, table, idf, weights in parts)


def tfidf_rows(block: Block, table: Any, idf: Any, texts: Any) -> Any:
    """Return a block's tf-idf rows of normalised texts as a dense tensor, float32 (n, columns).

    A linear model needs no rows: `weighted_sums` computes its sums without them, in less memory. The other arguments
    are those of `weighted_sums`.
    """
    import tensorflow as tf

    rows, columns, values, norms = _values(block, table, idf, texts)
    shape = tf.stack([tf.shape(texts, out_type=tf.int64)[0], tf.shape(idf, out_type=tf.int64)[0]])
    scaled = tf.math.divide_no_nan(values, tf.gather(norms, rows))
    return tf.scatter_nd(tf.stack([rows, columns], axis=1), scaled, shape)


def weighted_sums(block: Block, table: Any, idf: Any, weights: Any, texts: Any) -> Any:
    """Multiply a block's tf-idf rows by weights without building the matrix.

    Args:
        block: the block of n-grams.
        table: the lookup table of `textlab.text.vocabulary_table`.
        idf: float32 (columns,).
        weights: float32 (columns, k).
        texts: string (n,), normalised.

    Returns:
        float32 (n, k): for each text, the sum of value times weights over its n-grams. The values are (1 + ln count)
        idf, scaled to length one. A text without known n-grams has zeros.
    """
    import tensorflow as tf

    rows, columns, values, norms = _values(block, table, idf, texts)
    count = tf.shape(texts, out_type=tf.int64)[0]
    sums = tf.math.unsorted_segment_sum(values[:, None] * tf.gather(weights, columns), rows, count)
    return tf.math.divide_no_nan(sums, norms[:, None])


def ngram_counts(block: Block, table: Any, texts: Any) -> tuple[Any, Any, Any]:
    """Count the known n-grams in processed texts.

    Args:
        block: the block of n-grams.
        table: the lookup table of `textlab.text.vocabulary_table`.
        texts: string (n,), processed.

    Returns:
        The text, the column and the count of each known n-gram of each text: int64 (m,), int64 (m,), int32 (m,).
    """
    import tensorflow as tf

    rows, grams = _ngrams(block, texts)
    columns = table.lookup(grams)
    size = len(block.vocabulary)
    cells, _, counts = tf.unique_with_counts(tf.boolean_mask(rows * size + columns, columns >= 0))
    return cells // size, cells % size, counts


def _values(block: Block, table: Any, idf: Any, texts: Any) -> tuple[Any, Any, Any, Any]:
    """Return the row, the column and the value of each known n-gram (m,), not yet scaled, and the length of each row.

    The lengths are float32 (n,); the value is (1 + ln count) idf.
    """
    import tensorflow as tf

    rows, columns, counts = ngram_counts(block, table, texts)
    values = (1.0 + tf.math.log(tf.cast(counts, tf.float32))) * tf.gather(idf, columns)
    count = tf.shape(texts, out_type=tf.int64)[0]
    return rows, columns, values, tf.sqrt(tf.math.unsorted_segment_sum(values * values, rows, count))
