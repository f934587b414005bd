"""Tf-idf in a TensorFlow graph, using core operations only."""

from pathlib import Path
from typing import Any

import numpy as np

from textlab.features.tfidf import Block, TfidfFeatures
from textlab.text.graph import held_once
from textlab.text.original_words import TokenWords, original_words, words_of_tokens
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
        processor = features.processor.in_graph(scratch)
        self._processor = held_once(processor)
        self.tracked = [*self._weights, *self._idf, *self._tables, *processor.tables]

    def __call__(self, texts: Any) -> Any:
        """Return the sums float32 (n, k) of raw texts (n,)."""
        processed = self._processor(texts)
        parts = zip(self._blocks, self._tables, self._idf, self._weights, strict=True)
        return sum(weighted_sums(block, table, idf, weights, processed) for block, table, idf, weights in parts)

    def contributions(self, texts: Any, contrast: Any) -> tuple[TokenWords, Any]:
        """Return what each token of raw texts (n,) adds to a weighted sum of the sums that a call returns.

        Each occurrence of an n-gram adds its value times its weight, divided evenly among its tokens.

        Args:
            texts: string (n,).
            contrast: float32 (n, k), the weights of the k sums of each text.

        Returns:
            The words of the m processed tokens, and the contributions of the tokens, float32 (m,).
        """
        import tensorflow as tf

        words = original_words(texts)
        tokens = tf.strings.split(self._processor(texts))
        of_tokens = words_of_tokens(words, tokens, tf.strings.split(self._processor(words.pieces)))
        parts = zip(self._blocks, self._tables, self._idf, self._weights, strict=True)
        return of_tokens, tf.add_n(
            [token_sums(block, table, idf, weights, tokens, contrast) for block, table, idf, weights in parts]
        )


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


def token_sums(block: Block, table: Any, idf: Any, weights: Any, tokens: Any, contrast: Any) -> Any:
    """Divide a weighted sum of `weighted_sums` among the tokens: float32 (m,).

    Args:
        block, table, idf, weights: those of `weighted_sums`.
        tokens: ragged string (n, None), the m tokens of n processed texts.
        contrast: float32 (n, k), the weights of the k sums of each text.
    """
    import tensorflow as tf

    first, widths, columns = _known_places(block, table, tokens)
    rows = tf.gather(tokens.value_rowids(), first)
    size = len(block.vocabulary)
    cells, cell, counts = tf.unique_with_counts(rows * size + columns)
    counts = tf.cast(counts, tf.float32)
    values = (1.0 + tf.math.log(counts)) * tf.gather(idf, cells % size)
    norms = tf.sqrt(tf.math.unsorted_segment_sum(values * values, cells // size, tokens.nrows()))
    each = tf.gather(values / counts, cell) / tf.gather(norms, rows)
    added = each * tf.reduce_sum(tf.gather(weights, columns) * tf.gather(contrast, rows), axis=1)
    return _shared(added, first, widths, tokens)


def _shared(amounts: Any, first: Any, widths: Any, tokens: Any) -> Any:
    """Divide what each occurrence of an n-gram adds, float32 (g,), evenly among its tokens: float32 (m,)."""
    import tensorflow as tf

    covered = tf.ragged.range(first, first + widths)
    shares = tf.repeat(amounts / tf.cast(widths, tf.float32), widths)
    return tf.math.unsorted_segment_sum(shares, covered.values, tf.size(tokens.values))


def column_sums(block: Block, table: Any, amounts: Any, tokens: Any) -> Any:
    """Divide an amount for each n-gram evenly among its occurrences, and among their tokens: float32 (m,).

    Args:
        block: the block of n-grams.
        table: the lookup table of `textlab.text.vocabulary_table`.
        amounts: float32 (n, columns), for each of n texts and each n-gram; those of n-grams that a text lacks are left
            out.
        tokens: ragged string (n, None), the m tokens of n processed texts.
    """
    import tensorflow as tf

    first, widths, columns = _known_places(block, table, tokens)
    cells = tf.stack([tf.gather(tokens.value_rowids(), first), columns], axis=1)
    counts = tf.scatter_nd(cells, tf.ones_like(columns, tf.float32), tf.shape(amounts, tf.int64))
    return _shared(tf.gather_nd(amounts, cells) / tf.gather_nd(counts, cells), first, widths, tokens)


def _known_places(block: Block, table: Any, tokens: Any) -> tuple[Any, Any, Any]:
    """Return the first token, the number of tokens and the column of each known n-gram: int64 (g,) each."""
    import tensorflow as tf

    first, widths, grams = _places_of_ngrams(block, tokens)
    columns = table.lookup(grams)
    known = columns >= 0
    first, widths, columns = (tf.boolean_mask(each, known) for each in (first, widths, columns))
    return first, widths, columns


def _places_of_ngrams(block: Block, tokens: Any) -> tuple[Any, Any, Any]:
    """Return each n-gram's first token (g,), its number of tokens (g,), both int64, and itself, string (g,)."""
    import tensorflow as tf

    number = tf.range(tf.size(tokens.values, tf.int64))
    widths = range(block.widths[0], block.widths[1] + 1)
    if block.analyser != "word":
        padded = tf.strings.join([" ", tokens.values, " "])
        grams = tf.strings.ngrams(tf.strings.unicode_split(padded, "UTF-8"), list(widths), separator="")
        return grams.value_rowids(), tf.ones_like(grams.value_rowids()), grams.values
    left = tf.gather(tokens.row_limits(), tokens.value_rowids()) - number  # tokens from here to the end of the text
    found = []
    for width in widths:
        first = tf.boolean_mask(number, left >= width)
        parts = [tf.gather(tokens.values, first + place) for place in range(width)]
        found.append((first, tf.fill([tf.size(first)], tf.constant(width, tf.int64)), tf.strings.join(parts, " ")))
    first, lengths, grams = (tf.concat(parts, axis=0) for parts in zip(*found, strict=True))
    return first, lengths, grams


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
