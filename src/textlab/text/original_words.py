"""The words of a text as it was written, in a TensorFlow graph, and the tokens that a model makes of each.

A word is a run of characters without white space. Normalisation changes lengths, so places in the normalised text say
nothing about the original. Instead, each word is read by itself, and its tokens are found again in those of the whole
text. Where a tokenizer reads neighbouring words otherwise than each alone, they count as one word.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

LAST_BLANK = 0x3000  # no later character is white space


@dataclass(frozen=True, eq=False)
class OriginalWords:
    """The w words of n texts, in order.

    Attributes:
        rows: int64 (w,), the text of each word.
        starts, ends: int64 (w,), the places of its first character and after its last one, in code points.
        pieces: string (w,), the word with the white space before it; the last one of a text with what follows, too.
            Together they are the text, so that a tokenizer reads most pieces as it reads them in the text.
        texts: n, int64.
    """

    rows: Any
    starts: Any
    ends: Any
    pieces: Any
    texts: Any


@dataclass(frozen=True, eq=False)
class TokenWords:
    """Words of n texts, and the word of each token.

    Attributes:
        rows, starts, ends: int64 (g,), as in `OriginalWords`.
        of_token: int64 (m,), the word of each of the m tokens; -1 in a text without words.
        token_rows: int64 (m,), the text of each token.
        texts: n, int64.
    """

    rows: Any
    starts: Any
    ends: Any
    of_token: Any
    token_rows: Any
    texts: Any


def original_words(texts: Any) -> OriginalWords:
    """Find the words of texts: string (n,), UTF-8. Invalid UTF-8 counts as U+FFFD."""
    import tensorflow as tf

    characters = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    values, row_of = characters.values, characters.value_rowids()
    blanks = np.array([chr(number).isspace() for number in range(LAST_BLANK + 1)] + [False])
    visible = ~tf.gather(tf.constant(blanks), tf.minimum(values, LAST_BLANK + 1))
    places = tf.range(tf.size(values, tf.int64)) - tf.gather(characters.row_starts(), row_of)
    is_last = places == tf.gather(characters.row_lengths(), row_of) - 1
    nothing = tf.zeros([1], tf.bool)
    begin = tf.where(visible & ((places == 0) | ~tf.concat([nothing, visible[:-1]], 0)[: tf.size(values)]))[:, 0]
    end = tf.where(visible & (is_last | ~tf.concat([visible[1:], nothing], 0)[: tf.size(values)]))[:, 0] + 1
    rows = tf.gather(row_of, begin)
    starts_row, ends_row = _changes(rows)
    cuts = tf.where(ends_row, tf.gather(characters.row_limits(), rows), end)
    froms = tf.where(starts_row, tf.gather(characters.row_starts(), rows), tf.concat([end[:1], end[:-1]], 0))
    pieces = tf.ragged.range(froms, cuts)
    pieces = tf.strings.unicode_encode(pieces.with_values(tf.gather(values, pieces.values)), "UTF-8")
    before = tf.gather(characters.row_starts(), rows)
    return OriginalWords(rows, begin - before, end - before, pieces, characters.nrows())


def words_of_tokens(words: OriginalWords, tokens: Any, apart: Any) -> TokenWords:
    """Find the word of each token.

    Tokens are compared from the beginning and from the end of a text. The words in between, if there are any, count as
    one.

    Args:
        words: the w words of n texts.
        tokens: ragged (n, None), the tokens of each text.
        apart: ragged (w, None), the tokens of each of `words.pieces`.
    """
    import tensorflow as tf

    count = tf.size(tokens.values)
    _, numbers = tf.unique(tf.concat([tokens.values, apart.values], 0))
    lengths = tokens.row_lengths()
    apart_lengths = tf.math.unsorted_segment_sum(apart.row_lengths(), words.rows, words.texts)
    joined = tf.RaggedTensor.from_row_lengths(numbers[count:], apart_lengths, validate=False)
    before, behind = _in_common(tokens.with_values(numbers[:count]), joined)

    begin = apart.row_starts() - tf.gather(joined.row_starts(), words.rows)
    between = begin + apart.row_lengths() > tf.gather(before, words.rows)
    between &= begin < tf.gather(apart_lengths - behind, words.rows)
    starts_row, _ = _changes(words.rows)
    starts_word = starts_row | ~(between & tf.concat([between[:1], between[:-1]], 0))
    word = tf.cumsum(tf.cast(starts_word, tf.int64)) - 1

    row_of = tokens.value_rowids()
    place = tf.range(tf.size(row_of, tf.int64)) - tf.gather(tokens.row_starts(), row_of)
    length, apart_length, first = (tf.gather(each, row_of) for each in (lengths, apart_lengths, before))
    from_end = place >= length - tf.gather(behind, row_of)
    inner = tf.where(from_end, place + apart_length - length, tf.minimum(first, apart_length - 1))
    place = tf.where(place < first, place, inner) + tf.gather(joined.row_starts(), row_of)
    piece = tf.searchsorted(apart.row_splits[1:], place, side="right", out_type=tf.int64)
    piece = tf.where(apart_length > 0, piece, tf.size(word, tf.int64))
    return TokenWords(
        tf.boolean_mask(words.rows, starts_word),
        tf.boolean_mask(words.starts, starts_word),
        tf.math.segment_max(words.ends, word),
        tf.gather(tf.concat([word, [-1]], 0), piece),
        row_of,
        words.texts,
    )


def _changes(rows: Any) -> tuple[Any, Any]:
    """Return which of the sorted rows (w,) are the first and the last with their number, bool (w,)."""
    import tensorflow as tf

    differs = rows[1:] != rows[:-1]
    edge = tf.ones([tf.minimum(tf.size(rows), 1)], tf.bool)
    return tf.concat([edge, differs], 0), tf.concat([differs, edge], 0)


def _in_common(one: Any, other: Any) -> tuple[Any, Any]:
    """Return how many tokens two readings of n texts, ragged int32, share in front and behind: int64 (n,) each.

    Together they are not more than either has.
    """
    import tensorflow as tf

    lengths = [one.row_lengths(), other.row_lengths()]
    padded = [one.to_tensor(-1), other.to_tensor(-2)]
    width = tf.minimum(*(tf.shape(each)[1] for each in padded))

    def equal(one: Any, other: Any) -> Any:
        same = tf.cast(one[:, :width] == other[:, :width], tf.int64)
        return tf.reduce_sum(tf.math.cumprod(same, axis=1), axis=1)

    before = equal(*padded)
    turned = [tf.reverse_sequence(each, of, seq_axis=1) for each, of in zip(padded, lengths, strict=True)]
    return before, tf.minimum(equal(*turned), tf.minimum(*lengths) - before)
