"""Rewrite the code points of texts in a TensorFlow graph: replace some of them by none, one or several others."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS, CodePointTable

LONGER = 2 * CODE_POINTS  # an action from here on is the number of a replacement that is not one character


class CharacterMap:
    """A normaliser that replaces each code point by none, one or several, whatever stands beside it.

    Args:
        outputs: the replacement of each code point that is replaced.
        others: further replacements, which `action_of` finds and which no code point has by itself.

    Attributes:
        nothing: the action that removes a character.
    """

    def __init__(self, outputs: Mapping[int, str], others: tuple[str, ...] = ()) -> None:
        longer = dict.fromkeys(text for text in outputs.values() if len(text) != 1) | dict.fromkeys(("", *others))
        self._numbers = {text: LONGER + number for number, text in enumerate(longer)}
        self._lengths = np.array([len(text) for text in longer], np.int32)
        self._starts = np.cumsum(self._lengths, dtype=np.int32) - self._lengths
        self._characters = np.frombuffer("".join(longer).encode("utf-32-le"), np.int32)
        actions = np.zeros(CODE_POINTS, np.int32)
        for number, text in outputs.items():
            actions[number] = ord(text) - number if len(text) == 1 else self._numbers[text]
        self._actions = CodePointTable(actions)
        self.nothing = self._numbers[""]

    def action_of(self, text: str) -> int:
        """Return the action that replaces a character by one of the `others`."""
        return self._numbers[text]

    def __call__(self, characters: Any) -> Any:
        """Return the rewritten code points, ragged int32 (s, None)."""
        return self.carry_out(characters, self.actions(characters.values))

    def actions(self, characters: Any) -> Any:
        """Return what happens to each code point (c,), int32 (c,): a shift, or the number of a replacement."""
        return self._actions(characters)

    def carry_out(self, characters: Any, actions: Any) -> Any:
        """Rewrite code points, ragged int32 (s, None), by the action for each."""
        import tensorflow as tf

        longer = actions >= LONGER
        shifted = characters.with_values(characters.values + tf.where(longer, 0, actions))

        def spliced_in() -> Any:
            begins = tf.where(longer)[:, 0]
            numbers = tf.gather(actions, begins) - LONGER
            starts = tf.gather(tf.constant(self._starts), numbers)
            lengths = tf.gather(tf.constant(self._lengths), numbers)
            return spliced(shifted, begins, begins + 1, tf.constant(self._characters), starts, lengths)

        return conditional(tf.reduce_any(longer), spliced_in, shifted)


def conditional(condition: Any, changed: Any, characters: Any) -> Any:
    """Return what the function `changed` returns if the condition holds, and the same characters otherwise."""
    import tensorflow as tf

    def parts() -> tuple[Any, Any]:
        result = changed()
        return result.values, result.row_splits

    values, splits = tf.cond(condition, parts, lambda: (characters.values, characters.row_splits))
    return tf.RaggedTensor.from_row_splits(values, splits, validate=False)


def spliced(characters: Any, begins: Any, ends: Any, pool: Any, starts: Any, lengths: Any) -> Any:
    """Replace parts of texts.

    Args:
        characters: ragged int32 (s, None).
        begins, ends: int64 (k,), where each part begins and ends among the flat values. Parts are in order, do not
            overlap, are not empty, and lie in one row each.
        pool: int32 (p,), characters to insert.
        starts, lengths: int32 (k,), the characters of the pool that replace each part.

    Returns:
        ragged int32 (s, None).
    """
    import tensorflow as tf

    values, splits = characters.values, characters.row_splits
    size = tf.size(values, tf.int64)
    starts, lengths = tf.cast(starts, tf.int64) + size, tf.cast(lengths, tf.int64)
    # Kept parts and new parts take turns.
    froms = tf.concat([[0], tf.reshape(tf.stack([starts, ends], 1), [-1])], 0)
    limits = tf.concat([tf.reshape(tf.stack([begins, starts + lengths], 1), [-1]), [size]], 0)
    _, sources = tf.raw_ops.RaggedRange(
        starts=tf.cast(froms, tf.int32), limits=tf.cast(limits, tf.int32), deltas=1, Tsplits=tf.int64
    )
    growth = tf.concat([[0], tf.cumsum(lengths - (ends - begins))], 0)
    splits += tf.gather(growth, tf.searchsorted(begins, splits))
    return tf.RaggedTensor.from_row_splits(tf.gather(tf.concat([values, pool], 0), sources), splits, validate=False)
