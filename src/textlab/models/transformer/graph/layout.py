"""Texts that are packed one after the other, and the same texts with a row each."""

from collections.abc import Callable
from typing import Any

MASKED = -1e9  # added to the score of what a token does not see, whose share of attention then is exactly zero
TEXTS_AT_ONCE = 64  # more would be no faster, and attention over thousands of texts takes gigabytes
SCORES_AT_ONCE = TEXTS_AT_ONCE * 512**2  # each head computes so many; beyond 512 tokens, fewer texts are read at once


class Layout:
    """The m tokens of n packed texts, and where they go when each text has a row of its own.

    Args:
        ids: the tokens, ragged int32 (n, None).

    Attributes:
        longest: int64, the number of tokens of the longest text.
        first: int64 (n,), the row of each text's first token among the m.
        places: int64 (m,), the place of each token in its text, from 0.
        padded: int64 (n, longest), the row of each token; row 0 for padding.
    """

    def __init__(self, ids: Any) -> None:
        import tensorflow as tf

        lengths, self.first = ids.row_lengths(), ids.row_starts()
        self.longest = tf.maximum(tf.reduce_max(lengths), 0)  # the maximum of nothing is the least number
        row = tf.range(self.longest)[None, :]
        self._inside = row < lengths[:, None]
        self.places = tf.boolean_mask(tf.zeros_like(lengths)[:, None] + row, self._inside)
        self.padded = tf.where(self._inside, self.first[:, None] + row, 0)
        self._texts = ids.value_rowids()
        self._apart: dict[int, Any] = {}
        self._together: dict[int, Any] = {}

    def apart(self, heads: int) -> Any:
        """Return where attention finds queries, keys and values, int64 (3, n, heads, longest).

        It is their rows in a matrix that has a row for each token, query or key or value, and head, in that order.
        """
        import tensorflow as tf

        if heads not in self._apart:
            offsets = tf.reshape(tf.range(3 * heads, dtype=tf.int64), [3, 1, heads, 1])
            self._apart[heads] = self.padded[:, None, :] * 3 * heads + offsets
        return self._apart[heads]

    def together(self, heads: int) -> Any:
        """Return the rows of the m tokens in a matrix with a row for each text, head and place, int64 (m, heads)."""
        import tensorflow as tf

        if heads not in self._together:
            rows = self._texts[:, None] * heads + tf.range(heads, dtype=tf.int64)
            self._together[heads] = rows * self.longest + self.places[:, None]
        return self._together[heads]

    def mask(self, window: int | None = None) -> Any:
        """Return `MASKED` for keys that a query does not see and 0 for others, float32 (n, 1, 1 or longest, longest).

        Args:
            window: the distance up to which tokens see each other; None for all.
        """
        import tensorflow as tf

        seen = self._inside[:, None, None, :]
        if window is not None:
            seen &= tf.abs(self.distances()) <= window
        return tf.where(seen, 0.0, MASKED)

    def distances(self) -> Any:
        """Return the place of the query less that of the key, int64 (longest, longest)."""
        import tensorflow as tf

        row = tf.range(self.longest)
        return row[:, None] - row[None, :]


def in_parts(ids: Any, answer: Callable[[Any], Any], width: int) -> Any:
    """Return `answer` for token `ids`, ragged int32 (n, None), computed a few texts at a time.

    Args:
        ids: the tokens of n texts.
        answer: returns float32 (m, width) for the tokens of m texts.
        width: the columns of an answer.
    """
    import tensorflow as tf

    count, longest = ids.nrows(), tf.maximum(tf.reduce_max(ids.row_lengths()), 1)
    size = tf.clip_by_value(SCORES_AT_ONCE // longest**2, 1, TEXTS_AT_ONCE)
    _, answers = tf.while_loop(
        lambda start, done: start < count,
        lambda start, done: (start + size, tf.concat([done, answer(ids[start : start + size])], axis=0)),
        (tf.constant(0, tf.int64), tf.zeros([0, width])),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, width])),
        parallel_iterations=1,
    )
    return answers
