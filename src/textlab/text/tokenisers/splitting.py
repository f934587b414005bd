"""Divide pieces of texts at characters."""

from typing import Any

from textlab.text.tokenisers.contract import Splits

BEHAVIOURS = ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")


def first_of_row(characters: Any) -> Any:
    """Return which characters are the first of their row, bool (c,); no row of the ragged (s, None) may be empty."""
    import tensorflow as tf

    starts = characters.row_splits[:-1]
    nothing = tf.zeros_like(characters.values, tf.bool)
    return tf.tensor_scatter_nd_update(nothing, starts[:, None], tf.ones_like(starts, tf.bool))


def shifted(values: Any, steps: int, filler: Any) -> Any:
    """Return, at each place of a vector (n,), the value `steps` places before it, or after it if negative."""
    import tensorflow as tf

    padding = tf.fill(tf.minimum([abs(steps)], tf.shape(values)), tf.cast(filler, values.dtype))
    return tf.concat([padding, values[:-steps]] if steps > 0 else [values[-steps:], padding], axis=0)


def divided(splits: Splits, begins: Any, kept: Any = None) -> Splits:
    """Return the smaller splits between characters.

    Args:
        splits: none of them empty.
        begins: bool (c,), the characters that begin a split. So does the first of each split, and each after a gap.
        kept: bool (c,), the characters that remain; without it, all do.
    """
    import tensorflow as tf

    values = splits.characters.values
    first = first_of_row(splits.characters)
    begins = begins | first
    if kept is not None:
        begins = kept & (begins | ~tf.concat([kept[:1], kept[:-1]], axis=0))
        values = tf.boolean_mask(values, kept)
        starts = tf.where(tf.boolean_mask(begins, kept))[:, 0]
    places = tf.where(begins)[:, 0]
    if kept is None:
        starts = places
    owners = tf.searchsorted(splits.characters.row_splits, places, side="right", out_type=tf.int64) - 1
    row_splits = tf.concat([starts, tf.size(values, tf.int64)[None]], axis=0)
    return Splits(
        characters=tf.RaggedTensor.from_row_splits(values, row_splits, validate=False),
        segment=tf.gather(splits.segment, owners),
        begins_text=tf.gather(splits.begins_text, owners) & tf.gather(first, places),
    )


def divided_at(splits: Splits, matches: Any, behaviour: str) -> Splits:
    """Return the smaller splits around matching characters, each of which is a match by itself.

    Args:
        splits: none of them empty.
        matches: bool (c,).
        behaviour: one of `BEHAVIOURS`, as `tokenizers` defines them.
    """
    import tensorflow as tf

    first = first_of_row(splits.characters)
    before = tf.concat([matches[:1], matches[:-1]], axis=0) & ~first  # the character before it matches
    if behaviour == "Removed":
        return divided(splits, before, ~matches)
    if behaviour == "Isolated":
        return divided(splits, before | matches)
    if behaviour == "MergedWithPrevious":
        return divided(splits, before)
    if behaviour == "MergedWithNext":
        return divided(splits, matches)
    return divided(splits, before != matches)
