"""WordPiece: the longest possible pieces of a word, from left to right."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

NOT_FOUND = -1


class WordPiece:
    """A model that divides words into the longest possible pieces, from left to right.

    A word that cannot be divided whole, or is too long, becomes the unknown token.

    Args:
        vocabulary: the id of each piece.
        prefix: what the pieces that continue a word begin with, such as "##".
        longest_word: the length in characters above which a word is unknown.
        unknown: the id of the unknown token.
    """

    def __init__(self, vocabulary: Mapping[str, int], prefix: str, longest_word: int, unknown: int) -> None:
        self._vocabulary, self._prefix = vocabulary, prefix
        self._longest_word, self._unknown = longest_word, unknown

    @cached_property
    def _beginnings(self) -> "_Pieces":
        return _Pieces(self._vocabulary)

    @cached_property
    def _continuations(self) -> "_Pieces":
        prefix = self._prefix
        found = self._vocabulary.items()
        return _Pieces({piece[len(prefix) :]: number for piece, number in found if piece.startswith(prefix)})

    @cached_property
    def tables(self) -> list[Any]:
        """The lookup tables, which the saved module must hold as an attribute."""
        return [self._beginnings.table, self._continuations.table]

    def __call__(self, words: Any) -> Any:
        """Return the ids of distinct words (w,): ragged int32 (w, None)."""
        import tensorflow as tf

        lengths = tf.strings.length(words, unit="UTF8_CHAR")
        short = lengths <= self._longest_word
        whole = tf.where(short, self._beginnings.table.lookup(words), NOT_FOUND)
        divided = short & (whole == NOT_FOUND)

        def step(pieces: _Pieces, owners: Any, ids: Any, active: Any, starts: Any) -> tuple[Any, Any, Any, Any]:
            """Find the next piece of each active word; `owners` and `ids` are the words and ids of pieces so far."""
            found, ends = pieces.longest_from(tf.gather(words, active), starts)
            goes_on = (found != NOT_FOUND) & (ends < tf.gather(lengths, active))
            owners, ids = tf.concat([owners, active], axis=0), tf.concat([ids, found], axis=0)
            return owners, ids, tf.boolean_mask(active, goes_on), tf.boolean_mask(ends, goes_on)

        owners, active = tf.where(~divided)[:, 0], tf.where(divided)[:, 0]
        owners, ids, _, _ = tf.while_loop(
            lambda owners, ids, active, starts: tf.size(active) > 0,
            lambda *state: step(self._continuations, *state),
            step(self._beginnings, owners, tf.gather(whole, owners), active, tf.zeros_like(active, tf.int32)),
            shape_invariants=(tf.TensorShape([None]),) * 4,
        )
        failed = tf.math.unsorted_segment_min(ids, owners, tf.size(words)) == NOT_FOUND
        kept = (ids == NOT_FOUND) | ~tf.gather(failed, owners)  # a word with a missing piece keeps only that mark
        owners, ids = tf.boolean_mask(owners, kept), tf.boolean_mask(ids, kept)
        order = tf.argsort(owners, stable=True)
        owners = tf.gather(owners, order)
        ids = tf.gather(tf.where(ids == NOT_FOUND, self._unknown, ids), order)
        return tf.RaggedTensor.from_value_rowids(ids, owners, tf.size(words, tf.int64), validate=False)


class _Pieces:
    """A lookup table from pieces of the vocabulary to their ids."""

    def __init__(self, pieces: Mapping[str, int]) -> None:
        import tensorflow as tf

        pieces = pieces or {"": NOT_FOUND}  # a table cannot be empty
        keys = tf.constant([piece.encode() for piece in pieces], tf.string)
        ids = tf.constant(list(pieces.values()), tf.int32)
        self.longest = max(map(len, pieces), default=1)
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, ids), NOT_FOUND)

    def longest_from(self, words: Any, starts: Any) -> tuple[Any, Any]:
        """Find the longest piece of each word (a,) from its start (a,) on.

        Returns:
            The piece's id or `NOT_FOUND`, int32 (a,), and where it ends, int32 (a,), which may be beyond the word's
            end.
        """
        import tensorflow as tf

        sizes = tf.range(1, self.longest + 1)[None, :] + tf.zeros_like(starts)[:, None]
        # Beyond the word's end, substr returns the rest of the word, so larger sizes find the last piece too.
        candidates = tf.strings.substr(words[:, None], starts[:, None] + tf.zeros_like(sizes), sizes, "UTF8_CHAR")
        found = self.table.lookup(candidates)
        size = tf.reduce_max(tf.where(found == NOT_FOUND, 0, sizes), axis=1)
        return tf.gather(found, tf.maximum(size - 1, 0), batch_dims=1), starts + size


def _wordpiece(document: Mapping[str, Any]) -> WordPiece:
    vocabulary, unknown = document["vocab"], document["unk_token"]
    if unknown not in vocabulary:
        raise ValueError(
            f"The vocabulary of the model WordPiece has no unknown token {unknown!r}, so some words have no id. Add it "
            "to the vocabulary."
        )
    return WordPiece(
        vocabulary, document["continuing_subword_prefix"], document["max_input_chars_per_word"], vocabulary[unknown]
    )


KINDS = {"WordPiece": _wordpiece}
