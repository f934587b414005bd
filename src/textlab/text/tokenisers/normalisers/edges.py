"""Normalisers that work on the ends of a text: Strip, Prepend; and Sequence, which applies several in order."""

from functools import cache
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import REMOVED, CodePointTable, treatments
from textlab.text.tokenisers.contract import Normaliser, build


class Strip:
    """Removes white space from the ends of each text.

    Args:
        left, right: the ends.
    """

    def __init__(self, left: bool, right: bool) -> None:
        self.left, self.right = left, right

    def __call__(self, characters: Any) -> Any:
        """Return the stripped code points, ragged int32 (s, None)."""
        import tensorflow as tf

        begins, ends = characters.row_starts(), characters.row_limits()
        black = tf.where(~_white_space()(characters.values))[:, 0]
        size = tf.size(characters.values, tf.int64)
        first = tf.gather(tf.concat([black, [size]], 0), tf.searchsorted(black, begins))
        last = tf.gather(tf.concat([[-1], black], 0), tf.searchsorted(black, ends))
        if self.left:
            begins = tf.minimum(first, ends)
        if self.right:
            ends = tf.maximum(last + 1, begins)
        splits, sources = tf.raw_ops.RaggedRange(starts=begins, limits=ends, deltas=tf.constant(1, tf.int64))
        return tf.RaggedTensor.from_row_splits(tf.gather(characters.values, sources), splits, validate=False)


class Prepend:
    """Puts characters before each text that is not empty.

    Args:
        text: the characters.
    """

    def __init__(self, text: str) -> None:
        self.characters = np.array(list(map(ord, text)), np.int32)

    def __call__(self, characters: Any) -> Any:
        """Return the code points with those put before them, ragged int32 (s, None)."""
        import tensorflow as tf

        before = self.characters[None] + tf.zeros([characters.nrows(), 1], tf.int32)
        lengths = tf.where(characters.row_lengths() > 0, tf.constant(len(self.characters), tf.int64), 0)
        return tf.concat([tf.RaggedTensor.from_tensor(before, lengths), characters], axis=1)


class Sequence:
    """Applies normalisers in order.

    Args:
        parts: the normalisers.
    """

    def __init__(self, parts: list[Normaliser]) -> None:
        self.parts = parts

    def __call__(self, characters: Any) -> Any:
        """Return the normalised code points, ragged int32 (s, None)."""
        for part in self.parts:
            characters = part(characters)
        return characters


@cache
def _white_space() -> CodePointTable:
    return CodePointTable(treatments("WhitespaceSplit") == REMOVED)


KINDS = {
    "Strip": lambda document: Strip(document["strip_left"], document["strip_right"]),
    "Prepend": lambda document: Prepend(document["prepend"]),
    "Sequence": lambda document: Sequence([build("normalisers", part) for part in document["normalizers"]]),
}
