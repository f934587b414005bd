"""Canonical order and composition of characters (Unicode Standard, section 3.11) in a TensorFlow graph."""

from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS


def ordered(characters: Any, ranks: Any) -> tuple[Any, Any]:
    """Sort each run of combining marks by rank; marks of one rank keep their order.

    Args:
        characters: ragged int32 (z, None), decomposed.
        ranks: int32 (c,), the rank of each character; 0 for a character that is not a mark.

    Returns:
        The characters and their ranks, in the new order.
    """
    import tensorflow as tf

    sizes = tf.size(ranks)
    begins = tf.tensor_scatter_nd_update(ranks == 0, _row_begins(characters), tf.fill(_count(characters), True))
    run = tf.cumsum(tf.cast(begins, tf.int32))
    disorder = tf.reduce_any(~begins[1:] & (ranks[1:] < ranks[:-1]))

    def sort() -> Any:
        return tf.argsort(tf.cast(run, tf.int64) * 256 + tf.cast(ranks, tf.int64), stable=True)

    order = tf.cond(disorder, sort, lambda: tf.range(sizes))
    return characters.with_values(tf.gather(characters.values, order)), tf.gather(ranks, order)


class Composition:
    """Composes characters in pairs.

    Args:
        pairs: the composite of each pair of a first and a second code point.
        decompositions: the full decomposition of each code point that has one.
    """

    def __init__(self, pairs: dict[tuple[int, int], int], decompositions: dict[int, str]) -> None:
        keys = {first * CODE_POINTS + second: composite for (first, second), composite in pairs.items()}
        # A second that is not a mark composes only if all characters before it did, so with the last of them adjacent.
        links = {ord(decompositions.get(first, chr(first))[-1]) * CODE_POINTS + second for first, second in pairs}
        self._keys = np.array(sorted(keys), np.int64)
        self._composites = np.array([keys[key] for key in sorted(keys)], np.int32)
        self._links = np.array(sorted(links), np.int64)

    def __call__(self, characters: Any, ranks: Any) -> Any:
        """Compose characters in canonical order, ragged int32 (z, None), of ranks int32 (c,).

        Each group, a starter and what may compose with it, takes its next step at the same time. A mark that does not
        compose blocks all marks of its rank, which are skipped, so no group takes more steps than there are ranks.
        """
        import tensorflow as tf

        values = characters.values
        size = tf.size(values)
        linked = self._found(self._links, tf.concat([[0], values[:-1]], 0), values)[1]
        inside = tf.tensor_scatter_nd_update(
            (ranks > 0) | linked, _row_begins(characters), tf.fill(_count(characters), False)
        )
        begins = tf.cast(tf.where(~inside)[:, 0], tf.int32)
        ends = tf.concat([begins[1:], [size]], 0)
        same = inside & (ranks > 0) & (ranks == tf.concat([[0], ranks[:-1]], 0))
        next_rank = tf.gather(
            tf.concat([tf.cast(tf.where(~same)[:, 0], tf.int32), [size]], 0), tf.cumsum(tf.cast(~same, tf.int32))
        )

        def step(values: Any, present: Any, starter: Any, last: Any, at: Any, end: Any) -> tuple[Any, ...]:
            """Try to compose the characters `at` with their starters; `last` is the rank of the last mark left."""
            rank, second = tf.gather(ranks, at), tf.gather(values, at)
            composite, exists = self._found(self._keys, tf.gather(values, starter), second)
            composed = exists & ((last == 0) | (last < rank))
            values = tf.tensor_scatter_nd_update(
                values,
                tf.boolean_mask(starter, composed)[:, None],
                tf.gather(tf.constant(self._composites), tf.boolean_mask(composite, composed)),
            )
            gone = tf.boolean_mask(at, composed)
            present = tf.tensor_scatter_nd_update(present, gone[:, None], tf.zeros_like(gone, tf.bool))
            starter = tf.where(composed | (rank > 0), starter, at)
            last = tf.where(composed, last, rank)
            at = tf.where(composed, at + 1, tf.gather(next_rank, at))
            goes_on = at < end
            return (values, present, *(tf.boolean_mask(state, goes_on) for state in (starter, last, at, end)))

        active = begins + 1 < ends
        starter, end = tf.boolean_mask(begins, active), tf.boolean_mask(ends, active)
        state = (values, tf.ones_like(values, tf.bool), starter, tf.zeros_like(starter), starter + 1, end)
        values, present, *_ = tf.while_loop(
            lambda values, present, starter, last, at, end: tf.size(at) > 0,
            step,
            state,
            shape_invariants=(tf.TensorShape([None]),) * len(state),
        )
        return tf.ragged.boolean_mask(characters.with_values(values), characters.with_values(present))

    def _found(self, keys: np.ndarray, first: Any, second: Any) -> tuple[Any, Any]:
        """Return the places of pairs among the sorted keys, and whether they are there."""
        import tensorflow as tf

        wanted = tf.cast(first, tf.int64) * CODE_POINTS + tf.cast(second, tf.int64)
        place = tf.minimum(tf.searchsorted(keys, wanted), len(keys) - 1)
        return place, tf.gather(tf.constant(keys), place) == wanted


def _row_begins(characters: Any) -> Any:
    """Return where the rows begin, none of which is empty, as indices (z, 1)."""
    return characters.row_splits[:-1, None]


def _count(characters: Any) -> Any:
    import tensorflow as tf

    return tf.shape(characters.row_splits)[:1] - 1
