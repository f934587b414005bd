"""Byte-pair encoding (BPE) in a TensorFlow graph, for all distinct words of a batch at once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from textlab.text.tokenisers.contract import TokenModel
from textlab.text.tokenisers.merges import NONE, UNKNOWN, BytePairRules, read_byte_pairs
from textlab.text.tokenisers.splitting import first_of_row, shifted

NOT_FOUND = -1
END, NEVER = NONE, NONE - 1  # the boundary after a word, and one that no merge crosses
LONG = 48  # symbols between boundaries of this kind; longer stretches are merged in stages


class BytePairs:
    """Divides words into tokens by merging pairs of neighbours, the pair of the lowest rank first, from left to right.

    Args:
        rules: the rules from `read_byte_pairs`.
    """

    def __init__(self, rules: BytePairRules) -> None:
        self.rules = rules

    @cached_property
    def _words(self) -> Any:
        words = self.rules.words
        return _table([word.encode() for word in words], list(words.values()), "string", NOT_FOUND)

    @cached_property
    def _ranks(self) -> Any:
        merges = self.rules.merges
        return _table(merges.left * self.rules.size + merges.right, merges.ranks, "int64", NONE)

    @cached_property
    def _limits(self) -> Any:
        return _table(self.rules.boundaries.keys, self.rules.boundaries.ranks, "int64", NEVER)

    @cached_property
    def tables(self) -> list[Any]:
        """The lookup tables, which the saved module must hold as an attribute."""
        return [self._words, self._ranks, self._limits]

    def __call__(self, words: Any) -> Any:
        """Return the ids of distinct words: ragged int32 (w, None) for UTF-8 strings (w,)."""
        import tensorflow as tf

        whole = self._words.lookup(words)
        divided, known = tf.where(tf.equal(whole, NOT_FOUND)), tf.where(tf.not_equal(whole, NOT_FOUND))
        pieces = self._merged(self._symbols(tf.gather_nd(words, divided)))
        lengths = tf.tensor_scatter_nd_update(tf.ones_like(whole, tf.int64), divided, pieces.row_lengths())
        ends = tf.cumsum(lengths)
        ids = tf.fill([tf.reduce_sum(lengths)], NOT_FOUND)
        ids = tf.tensor_scatter_nd_update(ids, tf.gather(ends, known) - 1, tf.gather_nd(whole, known))
        ids = tf.tensor_scatter_nd_update(ids, tf.where(tf.equal(ids, NOT_FOUND)), pieces.values)
        return tf.RaggedTensor.from_row_splits(ids, tf.concat([[0], ends], axis=0), validate=False)

    def _symbols(self, words: Any) -> Any:
        """Return the ids of the characters of words (w,), before any merge: ragged int32 (w, None)."""
        import tensorflow as tf

        rules = self.rules
        characters = tf.strings.unicode_decode(words, "UTF-8")
        columns = rules.characters.shape[1]
        places = tf.minimum(characters.values, columns - 1)
        if len(rules.characters) > 1:
            places += columns * _affixes(characters)
        ids = characters.with_values(tf.gather(tf.constant(rules.characters.reshape(-1)), places))
        return tf.cond(
            tf.reduce_any(tf.equal(ids.values, UNKNOWN)), lambda: self._without_unknown(characters, ids), lambda: ids
        )

    def _without_unknown(self, characters: Any, ids: Any) -> Any:
        """Replace unknown characters by their bytes or by the unknown token, or leave them out."""
        import tensorflow as tf

        rules, unknown = self.rules, tf.equal(ids.values, UNKNOWN)
        if rules.bytes is not None:
            one_each = tf.RaggedTensor.from_uniform_row_length(tf.boolean_mask(characters.values, unknown), 1)
            spelled = tf.strings.unicode_decode(tf.strings.unicode_encode(one_each, "UTF-8"), "ISO-8859-1")
            counts = tf.tensor_scatter_nd_update(
                tf.zeros_like(unknown, tf.int64), tf.where(unknown), spelled.row_lengths()
            )
            known = tf.boolean_mask(ids.values, ~unknown)
            kept = tf.RaggedTensor.from_row_lengths(known, tf.cast(~unknown, tf.int64), validate=False)
            fallen = tf.gather(tf.constant(rules.bytes), spelled.values)
            fallen = tf.RaggedTensor.from_row_lengths(fallen, counts, validate=False)
            return ids.with_values(tf.concat([kept, fallen], axis=1)).merge_dims(1, 2)
        if rules.unknown is None:
            return tf.ragged.boolean_mask(ids, ids.with_values(~unknown))
        replaced = ids.with_values(tf.where(unknown, rules.unknown, ids.values))
        if not rules.fuse_unknown:
            return replaced
        follows = shifted(unknown, 1, False) & ~first_of_row(ids)
        return tf.ragged.boolean_mask(replaced, ids.with_values(~(unknown & follows)))

    def _merged(self, symbols: Any) -> Any:
        """Merge the symbols of words, ragged int32 (w, None), until no pair of a word can be merged.

        Three facts make this quick, and the tokens are those of merging one pair at a time.
        - What happens on one side of a boundary that no merge can cross is independent of the other side, so all
          stretches between such boundaries advance at once. In a stage that merges only ranks up to a limit, boundaries
          that only higher ranks can cross count too; it ends when no such rank is left, as merging one by one must
          reach that state before the first higher rank.
        - In a stretch, the lowest rank belongs to one pair of symbols. Merging its leftmost occurrence creates pairs
          with the product only. If these have higher ranks, the next occurrence is next in turn, so all are merged in
          one step. In a run of equal symbols, occurrences overlap, and every second one is merged.
        - If the product occurs in a pair of a lower rank, the occurrence on the left alone is merged in a step.
        """
        import tensorflow as tf

        lengths = symbols.row_lengths()
        filled = tf.where(lengths > 0)
        values = tf.cast(symbols.values, tf.int64)
        limits = self._boundary_limits(values, tf.gather(tf.cumsum(lengths), filled) - 1)
        fixed = tf.where(limits >= NEVER)[:, 0]
        is_long = tf.reduce_max(fixed - shifted(fixed, 1, -1)) > LONG
        lines = len(self.rules.merges.products)
        stages = [lines >> 6, lines >> 4, lines >> 2, NEVER - 1]

        def stage(number: Any, values: Any, limits: Any, ranks: Any) -> tuple[Any, Any, Any, Any]:
            limit = tf.gather(tf.constant(stages, tf.int32), number)
            limits = self._raised(limits, values)
            values, limits, _, ranks = tf.while_loop(
                lambda values, limits, stretch, ranks: tf.reduce_any(ranks <= limit),
                lambda *state: self._step(limit, *state),
                (values, limits, tf.cumsum(tf.cast(limits > limit, tf.int32), exclusive=True), ranks),
                shape_invariants=(tf.TensorShape([None]),) * 4,
            )
            return number + 1, values, limits, ranks

        _, values, limits, _ = tf.while_loop(
            lambda number, values, limits, ranks: number < len(stages),
            stage,
            (tf.where(is_long, 0, len(stages) - 1), values, limits, self._pair_ranks(values, limits)),
            shape_invariants=(tf.TensorShape([]), *[tf.TensorShape([None])] * 3),
        )
        ends = tf.where(tf.equal(limits, END))[:, 0] + 1
        counts = ends - tf.concat([[0], ends], axis=0)[:-1]
        counts = tf.tensor_scatter_nd_update(tf.zeros_like(lengths), filled, counts)
        return tf.RaggedTensor.from_row_lengths(tf.cast(values, tf.int32), counts, validate=False)

    def _boundary_limits(self, values: Any, lasts: Any) -> Any:
        """Return the lowest rank that can ever cross the boundary after each symbol, `NEVER` or `END`, int32 (n,).

        Args:
            values: int32 (n,), symbols of all words.
            lasts: int64, the places of the last symbols of words.
        """
        import tensorflow as tf

        limits = self.rules.boundaries
        last = tf.gather(tf.constant(limits.last.astype(np.int64) * limits.classes), values)
        first = tf.gather(tf.constant(limits.first.astype(np.int64)), shifted(values, -1, 0))
        found = self._limits.lookup(last + first)
        return tf.tensor_scatter_nd_update(found, lasts, tf.fill(tf.shape(lasts)[:1], END))

    def _raised(self, limits: Any, values: Any) -> Any:
        """Raise the limits of boundaries, int32 (n,), to what the tokens (n,) that have grown beside them allow."""
        import tensorflow as tf

        ending = tf.gather(tf.constant(self.rules.boundaries.ending), values)
        beginning = tf.gather(tf.constant(self.rules.boundaries.beginning), shifted(values, -1, 0))
        return tf.where(limits >= NEVER, limits, tf.minimum(tf.maximum(limits, tf.maximum(ending, beginning)), NEVER))

    def _pair_ranks(self, values: Any, limits: Any) -> Any:
        """Return the rank of the pair that each symbol begins, or `NONE`, int32 (n,)."""
        import tensorflow as tf

        following = tf.concat([values, [0]], axis=0)[1:]
        return tf.where(limits >= NEVER, NONE, self._ranks.lookup(values * self.rules.size + following))

    def _step(self, limit: Any, values: Any, limits: Any, stretch: Any, ranks: Any) -> tuple[Any, Any, Any, Any]:
        """Merge the pair of the lowest rank in each stretch, if it is at most the limit of the stage."""
        import tensorflow as tf

        lowest = tf.gather(tf.math.segment_min(ranks, stretch), stretch)
        places = tf.reshape(tf.where(tf.equal(ranks, lowest) & (ranks <= limit)), [-1])
        run = tf.concat([[True], places[1:] - places[:-1] > 1], axis=0)  # whether a run of occurrences begins
        begin = tf.gather(tf.where(run), tf.cumsum(tf.cast(run, tf.int32)) - 1)[:, 0]
        order = tf.range(tf.size(places, tf.int64))
        taken = tf.equal(tf.bitwise.bitwise_and(order - begin, 1), 0)
        if self.rules.merges.hasty.any():
            hasty = tf.gather(tf.constant(self.rules.merges.hasty), tf.gather(ranks, places))
            number = tf.gather(stretch, places)
            taken &= ~hasty | tf.concat([[True], tf.not_equal(number[1:], number[:-1])], axis=0)
        places = tf.gather(places, tf.where(taken))
        products = tf.constant(self.rules.merges.products.astype(np.int64))
        # The product replaces the right symbol, whose boundary on the right remains; the left symbol goes.
        values = tf.tensor_scatter_nd_update(values, places + 1, tf.gather(products, tf.gather_nd(ranks, places)))
        gone = tf.scatter_nd(places, tf.ones_like(places[:, 0]), tf.shape(values, tf.int64))
        kept = tf.reshape(tf.where(tf.equal(gone, 0)), [-1])
        values, limits, stretch = (tf.gather(vector, kept) for vector in (values, limits, stretch))
        return values, limits, stretch, self._pair_ranks(values, limits)


def _affixes(characters: Any) -> Any:
    """Return 2 for the first character of each row, 1 for the last one, and their sum for both, int32 (n,)."""
    import tensorflow as tf

    first = first_of_row(characters)
    return 2 * tf.cast(first, tf.int32) + tf.cast(shifted(first, -1, True), tf.int32)


def _table(keys: Any, values: Any, kind: str, default: int) -> Any:
    import tensorflow as tf

    with tf.init_scope():  # so that a table may be needed first while a function is traced
        lookup = tf.lookup.KeyValueTensorInitializer(tf.constant(keys, kind), tf.constant(values, tf.int32))
        return tf.lookup.StaticHashTable(lookup, default)


def _build(document: Mapping[str, Any]) -> TokenModel:
    return BytePairs(read_byte_pairs(document))


KINDS = {"BPE": _build}
