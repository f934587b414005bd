"""Precompiled: SentencePiece's map of characters, as `tokenizers` applies it.

`tokenizers` replaces a grapheme cluster of fewer than 6 bytes as a whole, by the replacement of the shortest key with
which it begins; in other clusters, and if there is no such key, it replaces each character that is a key. So a mark
after a short character that is a key disappears, as in the original.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from textlab.text.tokenisers import graphemes
from textlab.text.tokenisers.charsmap import LONGEST_KEY, read_charsmap
from textlab.text.tokenisers.code_points import CODE_POINTS, CodePointTable
from textlab.text.tokenisers.rewriting import CharacterMap


class Precompiled:
    """A precompiled map of characters.

    Args:
        replacements: what replaces each key, from `read_charsmap`.
    """

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self.replacements = replacements

    @cached_property
    def _map(self) -> CharacterMap:
        single = {ord(key): text for key, text in self.replacements.items() if len(key) == 1 and text != key}
        return CharacterMap(single, tuple(text for key, text in self.replacements.items() if len(key) > 1))

    @cached_property
    def _is_key(self) -> CodePointTable:
        found = np.zeros(CODE_POINTS, bool)
        found[[ord(key) for key in self.replacements if len(key) == 1]] = True
        return CodePointTable(found)

    @cached_property
    def _longer_keys(self) -> tuple[np.ndarray, np.ndarray]:
        """Keys of two or three characters with none before them that is a key, as numbers, and their actions."""
        keys = [
            key
            for key in self.replacements
            if 1 < len(key) <= 3 and not any(key[:length] in self.replacements for length in range(1, len(key)))
        ]
        numbers = np.array([_number(*map(ord, f"{key}\0"[:3])) for key in keys], np.int64)
        actions = np.array([self._map.action_of(self.replacements[key]) for key in keys], np.int32)
        order = np.argsort(numbers)
        return numbers[order], actions[order]

    def __call__(self, characters: Any) -> Any:
        """Return the rewritten code points, ragged int32 (s, None)."""
        import tensorflow as tf

        values = characters.values
        classes = graphemes.classes()(values)
        actions = self._map.actions(values)
        joins = tf.where(tf.bitwise.bitwise_and(classes, graphemes.JOINING) > 0)[:, 0]
        after = tf.where(tf.bitwise.bitwise_and(classes, graphemes.PREPENDED) > 0)[:, 0] + 1
        lines = tf.where(values == graphemes.NEWLINE)[:, 0]
        places = tf.concat([joins, after, lines], 0)
        places = tf.boolean_mask(places, (places > 0) & (places < tf.size(values, tf.int64)))
        sizes = _bytes(tf.gather(values, places - 1)) + _bytes(tf.gather(values, places))
        places = tf.boolean_mask(places, sizes <= LONGEST_KEY)

        def with_clusters() -> Any:
            numbers, row_places = _rows_with(characters, places)
            return tf.tensor_scatter_nd_update(
                actions, row_places[:, None], self._cluster_actions(numbers, classes, actions, row_places)
            )

        actions = tf.cond(tf.size(places) > 0, with_clusters, lambda: actions)
        return self._map.carry_out(characters, actions)

    def _cluster_actions(self, rows: Any, classes: Any, actions: Any, places: Any) -> Any:
        """Return the actions for whole rows, with those for short clusters.

        Args:
            rows: ragged int32 (r, None), the code points.
            classes, actions: int32 (c,), for all code points.
            places: int64 (p,), the places of the rows' code points among all.
        """
        import tensorflow as tf

        values, actions = rows.values, tf.gather(actions, places)
        begins = ~graphemes.joined(rows, tf.gather(classes, places))
        heads = tf.where(begins)[:, 0]
        cluster = tf.cumsum(tf.cast(begins, tf.int32)) - 1
        lengths = tf.concat([heads[1:], [tf.size(values, tf.int64)]], 0) - heads
        short = (lengths > 1) & (tf.math.segment_sum(_bytes(values), cluster) <= LONGEST_KEY)
        heads, lengths, number = tf.boolean_mask(heads, short), tf.boolean_mask(lengths, short), tf.where(short)[:, 0]
        padded = tf.cast(tf.concat([values, [0, 0]], 0), tf.int64)
        first, second = tf.gather(padded, heads), tf.gather(padded, heads + 1)
        third = tf.where(lengths > 2, tf.gather(padded, heads + 2), 0)
        found = self._is_key(tf.cast(first, tf.int32))
        chosen = tf.gather(actions, heads)
        for key in (_number(first, second, 0), _number(first, second, third)):
            exists, action = self._looked_up(key)
            chosen = tf.where(~found & exists, action, chosen)
            found |= exists
        heads, chosen, number = (tf.boolean_mask(each, found) for each in (heads, chosen, number))
        # The head gets the cluster's replacement, and the other characters disappear.
        replaced = tf.scatter_nd(number[:, None], tf.ones_like(number, tf.bool), tf.size(short, tf.int64)[None])
        actions = tf.where(tf.gather(replaced, cluster), self._map.nothing, actions)
        return tf.tensor_scatter_nd_update(actions, heads[:, None], chosen)

    def _looked_up(self, wanted: Any) -> tuple[Any, Any]:
        """Return whether there is a longer key with a number, bool (k,), and its action, int32 (k,)."""
        import tensorflow as tf

        numbers, actions = self._longer_keys
        if not len(numbers):
            return tf.zeros_like(wanted, tf.bool), tf.zeros_like(wanted, tf.int32)
        place = tf.minimum(tf.searchsorted(numbers, wanted), len(numbers) - 1)
        return tf.gather(tf.constant(numbers), place) == wanted, tf.gather(tf.constant(actions), place)


def _rows_with(characters: Any, places: Any) -> tuple[Any, Any]:
    """Return the rows that have one of these places, ragged int32 (r, None), and the places of their code points."""
    import tensorflow as tf

    splits = characters.row_splits
    rows = tf.sort(tf.unique(tf.searchsorted(splits, places, side="right") - 1)[0])
    row_splits, found = tf.raw_ops.RaggedRange(
        starts=tf.gather(splits, rows), limits=tf.gather(splits, rows + 1), deltas=tf.constant(1, tf.int64)
    )
    return tf.RaggedTensor.from_row_splits(tf.gather(characters.values, found), row_splits, validate=False), found


def _bytes(characters: Any) -> Any:
    """Return the length of each code point in UTF-8, int32."""
    import tensorflow as tf

    return 1 + sum(tf.cast(characters >= limit, tf.int32) for limit in (0x80, 0x800, 0x10000))


def _number(first: Any, second: Any, third: Any) -> Any:
    """Return a key of two or three characters as one number; the third is 0 if there are two."""
    return first + (second + third * CODE_POINTS) * CODE_POINTS


KINDS = {"Precompiled": lambda document: Precompiled(read_charsmap(document["precompiled_charsmap"]))}
