"""Tokenise in a TensorFlow graph, using core operations only.

For every text, the token ids equal the output of the package `tokenizers`.
"""

from typing import Any

from textlab.text.tokenisers.added_tokens import AddedTokens, Segments
from textlab.text.tokenisers.contract import Splits
from textlab.text.tokenisers.reading import TokeniserRules


class TokeniserGraph:
    """A tokenizer in a TensorFlow graph.

    Args:
        rules: the rules from `read_tokeniser`.
        maximum_length: the maximum number of tokens per text, including those that begin and end every text.

    Attributes:
        tables: the lookup tables. The module that is saved must have them as an attribute.
        prefix, suffix: the ids that begin and end every text.
        largest_id: no id is larger.

    Raises:
        ValueError: the maximum length leaves no room for a token of the text.
    """

    def __init__(self, rules: TokeniserRules, maximum_length: int) -> None:
        self.prefix, self.suffix, self.largest_id = list(rules.prefix), list(rules.suffix), rules.largest_id
        self._room = maximum_length - len(self.prefix) - len(self.suffix)
        if self._room < 1:
            raise ValueError(
                f"The maximum length is {maximum_length}, but {len(self.prefix) + len(self.suffix)} tokens begin and "
                "end every text. Raise the maximum length."
            )
        self._rules = rules
        self._raw, self._normalised = (
            [token for token in rules.added_tokens if token.normalized == normalised] for normalised in (False, True)
        )
        self.tables = rules.model.tables

    def token_ids(self, texts: Any) -> Any:
        """Return the token ids of each text.

        Args:
            texts: string tensor of shape (n,), UTF-8. Invalid UTF-8 counts as U+FFFD.

        Returns:
            ragged int32 tensor of shape (n, None): the prefix, as many tokens of the text as there is room for, the
            suffix.
        """
        import tensorflow as tf

        pieces = self.pieces(texts)[:, : self._room]
        rows = pieces.nrows(out_type=tf.int32)
        before, after = (tf.tile(tf.constant([ids], tf.int32), [rows, 1]) for ids in (self.prefix, self.suffix))
        return tf.concat([before, pieces, after], axis=1)

    def pieces(self, texts: Any) -> Any:
        """Return all token ids of each text (n,), without prefix and suffix: ragged int32 (n, None)."""
        import tensorflow as tf

        characters = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
        segments = self._segments(characters)
        words = segments.splits
        if self._rules.pre_tokeniser is not None:
            words = self._rules.pre_tokeniser(words)
        distinct, position = tf.unique(tf.strings.unicode_encode(words.characters, "UTF-8"))
        ids = tf.gather(self._rules.model(distinct), position)
        return _joined(segments, words.segment, ids, characters.nrows())

    def _segments(self, characters: Any) -> Segments:
        """Cut texts, ragged int32 (n, None), at added tokens, and normalise what lies between."""
        import tensorflow as tf

        rows = characters.nrows()
        texts = tf.range(rows)
        splits = _without_empty(Splits(characters, texts, tf.ones_like(texts, tf.bool)))
        nothing = texts[:0]
        segments = Segments(splits, tf.cast(nothing, tf.int32), nothing, texts)
        if self._raw:
            segments = _cut(AddedTokens(self._raw), segments)
        if self._rules.normaliser is not None:
            splits = segments.splits
            splits = Splits(self._rules.normaliser(splits.characters), splits.segment, splits.begins_text)
            segments = Segments(_without_empty(splits), segments.tokens, segments.token_segment, segments.text)
        if self._normalised:
            segments = _cut(AddedTokens(self._normalised), segments)
        return segments


def _without_empty(splits: Splits) -> Splits:
    import tensorflow as tf

    filled = splits.characters.row_lengths() > 0
    row_splits = splits.characters.row_splits
    row_splits = tf.concat([row_splits[:1], tf.boolean_mask(row_splits[1:], filled)], axis=0)
    return Splits(
        characters=tf.RaggedTensor.from_row_splits(splits.characters.values, row_splits, validate=False),
        segment=tf.boolean_mask(splits.segment, filled),
        begins_text=tf.boolean_mask(splits.begins_text, filled),
    )


def _cut(added: AddedTokens, segments: Segments) -> Segments:
    """Cut segments at further tokens, which takes next to no time where no character can begin one."""
    import tensorflow as tf

    values, row_splits = segments.splits.characters.values, segments.splits.characters.row_splits
    splits = segments.splits
    places = (values, row_splits, splits.segment, splits.begins_text)
    kept = (*places, segments.tokens, segments.token_segment, segments.text)
    values, row_splits, segment, begins_text, tokens, token_segment, text = tf.cond(
        tf.reduce_any(added.may_occur(values)), lambda: _cut_at(added, segments), lambda: kept
    )
    characters = tf.RaggedTensor.from_row_splits(values, row_splits, validate=False)
    return Segments(Splits(characters, segment, begins_text), tokens, token_segment, text)


def _cut_at(added: AddedTokens, segments: Segments) -> tuple[Any, ...]:
    """Cut segments at further tokens and number all segments anew."""
    import tensorflow as tf

    splits = segments.splits
    starts, limits, rows, tokens, token_slots = added.cut(splits.characters)
    slots = tf.size(starts, tf.int64)
    filled = tf.where(limits > starts)[:, 0]
    starts, limits, rows_filled = tf.gather(starts, filled), tf.gather(limits, filled), tf.gather(rows, filled)
    pieces = tf.ragged.range(starts, limits)
    begins_text = tf.gather(splits.begins_text, rows_filled)
    begins_text &= tf.equal(starts, tf.gather(splits.characters.row_splits, rows_filled))
    # Slots order what stands in one segment, and the earlier numbers order the segments.
    keys = tf.gather(splits.segment, rows_filled) * slots + filled
    new_keys = tf.gather(splits.segment, tf.gather(rows, token_slots)) * slots + token_slots
    token_keys = tf.concat([segments.token_segment * slots, new_keys], axis=0)
    everything = tf.sort(tf.concat([keys, token_keys], axis=0))
    order = tf.argsort(token_keys)
    return (
        tf.gather(splits.characters.values, pieces.values),
        pieces.row_splits,
        tf.searchsorted(everything, keys, out_type=tf.int64),
        begins_text,
        tf.gather(tf.concat([segments.tokens, tokens], axis=0), order),
        tf.searchsorted(everything, tf.gather(token_keys, order), out_type=tf.int64),
        tf.gather(segments.text, everything // tf.maximum(slots, 1)),
    )


def _joined(segments: Segments, word_segment: Any, ids: Any, texts: Any) -> Any:
    """Return the ids of words and added tokens of each text, in order: ragged int32 (texts, None).

    Args:
        segments: what the words are divided from.
        word_segment: int64 (w,), the number of each word's segment.
        ids: ragged int32 (w, None), the ids of each word.
        texts: the number of texts.
    """
    import tensorflow as tf

    def words_alone() -> tuple[Any, Any]:
        lengths = ids.row_lengths()
        return ids.values, tf.math.unsorted_segment_sum(lengths, tf.gather(segments.text, word_segment), texts)

    def with_tokens() -> tuple[Any, Any]:
        numbers = tf.concat([tf.repeat(word_segment, ids.row_lengths()), segments.token_segment], axis=0)
        order = tf.argsort(numbers, stable=True)
        lengths = tf.math.bincount(
            tf.cast(tf.gather(segments.text, numbers), tf.int32), minlength=tf.cast(texts, tf.int32), dtype=tf.int64
        )
        return tf.gather(tf.concat([ids.values, segments.tokens], axis=0), order), lengths

    values, lengths = tf.cond(tf.size(segments.tokens) > 0, with_tokens, words_alone)
    return tf.RaggedTensor.from_row_lengths(values, lengths, validate=False)
