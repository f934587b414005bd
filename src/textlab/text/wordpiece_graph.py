"""Tokenise with WordPiece in a TensorFlow graph, using core operations only.

For every text, the token ids equal the output of the tokenizer in transformers.
"""

import re
from typing import Any

from textlab.text.wordpiece_rules import BLOCK, CodePointMap, WordPieceRules

NOT_FOUND = -1


class WordPieceGraph:
    """A tokenizer in a TensorFlow graph.

    Args:
        rules: the rules from `read_wordpiece`.
        maximum_length: the maximum number of tokens per text, including the first and the last.

    Attributes:
        prefix, suffix: the ids that begin and end every text.
        tables: the lookup tables. The module that is saved must have them as an attribute.
    """

    def __init__(self, rules: WordPieceRules, maximum_length: int) -> None:
        self.rules, self.maximum_length = rules, maximum_length
        self.prefix, self.suffix = [rules.first], [rules.last]
        self._beginnings, self._continuations = _Pieces(rules.beginnings), _Pieces(rules.continuations)
        self.tables = [self._beginnings.table, self._continuations.table]

    def token_ids(self, texts: Any) -> Any:
        """Return the token ids of each text.

        Args:
            texts: string tensor of shape (n,), UTF-8. Invalid UTF-8 counts as U+FFFD.

        Returns:
            ragged int32 tensor of shape (n, None): the first token, up to `maximum_length` - 2 of the text, the last
            token.
        """
        import tensorflow as tf

        ids = self.pieces(texts)[:, : self.maximum_length - 2]
        one = tf.ones([tf.shape(texts)[0], 1], tf.int32)
        return tf.concat([self.rules.first * one, ids, self.rules.last * one], axis=1)

    def pieces(self, texts: Any) -> Any:
        """Return all token ids of each text (n,), without the first and the last: ragged int32 (n, None)."""
        import tensorflow as tf

        words = tf.strings.split(self._words_apart(texts))
        distinct, position = tf.unique(words.values)
        return words.with_values(tf.gather(self._pieces(distinct), position)).merge_dims(1, 2)

    def _words_apart(self, texts: Any) -> Any:
        """Normalise and pre-tokenise texts: replace special tokens by stand-ins and separate words by blanks."""
        import tensorflow as tf

        rules = self.rules
        texts = tf.strings.regex_replace(texts, f"[{rules.spare}{''.join(rules.stand_ins.values())}]", rules.spare)
        for token, sign in rules.stand_ins.items():
            texts = tf.strings.regex_replace(texts, re.escape(token), sign)
        numbers = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
        return tf.strings.unicode_encode(_replaced(rules.code_points, numbers), "UTF-8")

    def _pieces(self, words: Any) -> Any:
        """Divide words (w,) into the longest possible pieces, from left to right.

        Returns:
            ragged int32 tensor of shape (w, None).
        """
        import tensorflow as tf

        lengths = tf.strings.length(words, unit="UTF8_CHAR")
        short = lengths <= self.rules.longest_word
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
        ids = tf.gather(tf.where(ids == NOT_FOUND, self.rules.unknown, ids), order)
        return tf.RaggedTensor.from_value_rowids(ids, owners, tf.size(words, tf.int64), validate=False)


class _Pieces:
    """A lookup table from pieces of the vocabulary to their ids."""

    def __init__(self, pieces: dict[str, int]) -> None:
        import tensorflow as tf

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


def _replaced(code_points: CodePointMap, numbers: Any) -> Any:
    """Replace each code point, ragged int32 (n, None), as the map says."""
    import tensorflow as tf

    shifts = tf.constant(code_points.shifts.reshape(-1, code_points.shifts.shape[2]))
    blocks = tf.gather(tf.constant(code_points.block_of), numbers.values // BLOCK)
    replaced = numbers.values[:, None] + tf.gather(shifts, blocks * BLOCK + numbers.values % BLOCK)
    present = replaced >= 0
    ends = tf.cumsum(tf.reduce_sum(tf.cast(present, tf.int64), axis=1))
    splits = tf.gather(tf.concat([[0], ends], axis=0), numbers.row_splits)
    return tf.RaggedTensor.from_row_splits(tf.boolean_mask(replaced, present), splits, validate=False)
