"""Divide splits into smaller ones, in a TensorFlow graph."""

from typing import Any

from textlab.text.tokenisers.contract import Splits


def row_starts(characters: Any) -> Any:
    """Tell which code points begin a row of ragged (s, None).

    Returns:
        bool (n,) for the n code points of all rows.
    """
    import tensorflow as tf

    size = tf.size(characters.values, tf.int64)
    first = tf.boolean_mask(characters.row_starts(), characters.row_starts() < size)
    return tf.scatter_nd(first[:, None], tf.ones_like(first, tf.int32), size[None]) > 0


def shifted(values: Any, steps: int, filler: Any) -> Any:
    """Return, at each place of a vector (n,), the value `steps` places before it, or after it if negative."""
    import tensorflow as tf

    padding = tf.fill(tf.minimum([abs(steps)], tf.shape(values)), tf.cast(filler, values.dtype))
    return tf.concat([padding, values[:-steps]] if steps > 0 else [values[-steps:], padding], axis=0)


def divide(splits: Splits, starts: Any, kept: Any = None) -> Splits:
    """Divide splits before each marked code point. Empty splits are left out.

    Args:
        splits: the splits, with n code points in all.
        starts: bool (n,), whether a smaller split begins here; the first of every row must be marked.
        kept: bool (n,), whether the smaller split that begins here is kept. All are kept by default.
    """
    import tensorflow as tf

    values = splits.characters.values
    places = tf.where(starts)[:, 0]
    lengths = tf.concat([places[1:], [tf.size(values, tf.int64)]], axis=0)[: tf.size(places)] - places
    if kept is not None:
        wanted = tf.gather(kept, places)
        values = tf.boolean_mask(values, tf.repeat(wanted, lengths))
        places, lengths = tf.boolean_mask(places, wanted), tf.boolean_mask(lengths, wanted)
    owners = tf.searchsorted(splits.characters.row_splits, places, side="right", out_type=tf.int64) - 1
    return Splits(
        characters=tf.RaggedTensor.from_row_lengths(values, lengths, validate=False),
        segment=tf.gather(splits.segment, owners),
        begins_text=tf.gather(splits.begins_text, owners)
        & (places == tf.gather(splits.characters.row_starts(), owners)),
    )
