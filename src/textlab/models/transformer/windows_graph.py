"""The windows of long texts in core TensorFlow operations; `windows` computes the same in NumPy."""

from dataclasses import dataclass
from typing import Any

from textlab.models.transformer.windows import Ends, Layout


@dataclass(frozen=True, eq=False)
class GraphWindows:
    """The windows of n texts, in order.

    Attributes:
        ids: ragged int32 (w, None), the tokens of each window, with those at its ends.
        text: int64 (w,), the row of the text of each window; None if every text is one window.
        truncated: bool (n,), whether the end of the text is in no window.
    """

    ids: Any
    text: Any
    truncated: Any


def windows_of(pieces: Any, layout: Layout, ends: Ends) -> GraphWindows:
    """Return the windows of texts.

    Args:
        pieces: the tokens of n texts, ragged int32 (n, None), without the tokenizer's own.
        layout: the size and the maximum number of windows.
        ends: the tokens at both ends of each window.
    """
    import tensorflow as tf

    lengths = pieces.row_lengths()
    truncated = lengths > layout.longest
    if layout.most == 1:
        return GraphWindows(with_ends(pieces[:, : layout.room], ends), None, truncated)
    beyond = tf.maximum(lengths - layout.room, 0)
    counts = 1 + tf.minimum((beyond + layout.step - 1) // layout.step, layout.most - 1)
    numbers = tf.ragged.range(counts)
    text = numbers.value_rowids()
    begins = numbers.values * layout.step
    stops = tf.minimum(begins + layout.room, tf.gather(lengths, text))
    places = tf.ragged.range(begins, stops) + tf.gather(pieces.row_starts(), text)[:, None]
    ids = places.with_values(tf.gather(pieces.values, places.values))
    return GraphWindows(with_ends(ids, ends), text, truncated)


def with_ends(ids: Any, ends: Ends) -> Any:
    """Return token ids, ragged int32 (w, None), with a tokenizer's tokens at both ends of each row."""
    import tensorflow as tf

    ones = tf.ones([ids.nrows(), 1], tf.int32)
    parts = [tf.constant([list(part)], tf.int32) * ones for part in (ends.prefix, ends.suffix) if part]
    return tf.concat([*parts[: bool(ends.prefix)], ids, *parts[bool(ends.prefix) :]], axis=1)
