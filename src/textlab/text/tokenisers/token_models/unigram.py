"""Unigram: the segmentation of a word whose pieces have the highest sum of scores, as in `tokenizers`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from textlab.text.tokenisers.lattice import END_OF_WORD, Lattice

UNKNOWN_PENALTY = 10.0  # an unknown character scores this much less than the worst piece
NOT_FOUND = -1
BATCH = 50_000  # pieces that are divided at once
ROUNDING = 1e-9  # more than the sums of scores differ by rounding


class Unigram:
    """A Unigram model in a TensorFlow graph.

    Args:
        vocabulary: piece and score of each id. Of two equal pieces, the later one counts.
        unknown: the id of unknown characters; neighbours share one.
        byte_fallback: whether unknown characters become the pieces of their UTF-8 bytes, <0x00> to <0xFF>, if the
            vocabulary has them.

    Raises:
        ValueError: the vocabulary has only some of these pieces, or one that unknown characters beat.
    """

    def __init__(self, vocabulary: list[tuple[str, float]], unknown: int, byte_fallback: bool = False) -> None:
        self.scores = np.array([score for _, score in vocabulary], np.float64)
        self.pieces = {piece: number for number, (piece, _) in enumerate(vocabulary) if piece}
        self.unknown, self.unknown_piece = unknown, vocabulary[unknown][0]
        self.unknown_score = float(self.scores.min()) - UNKNOWN_PENALTY
        self.byte_pieces = _byte_pieces(self.pieces) if byte_fallback else None
        self._check_unknown()

    @cached_property
    def lattice(self) -> Lattice:
        """The trie of the vocabulary."""
        return Lattice(self.pieces, self.scores, self.unknown_score)

    @cached_property
    def whole_words(self) -> Any:
        """The lookup table of the pieces that are their own best segmentation, so that a word can be looked up."""
        import tensorflow as tf

        pieces = sorted(self.pieces, key=len, reverse=True)
        own: list[str] = []
        for start in range(0, len(pieces), BATCH):
            part = pieces[start : start + BATCH]
            found = self._divided(tf.constant([piece.encode() for piece in part], tf.string)).to_list()
            own += [piece for piece, ids in zip(part, found, strict=True) if ids == [self.pieces[piece]]]
        keys = tf.constant([piece.encode() for piece in own], tf.string)
        ids = tf.constant([self.pieces[piece] for piece in own], tf.int32)
        return tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, ids), NOT_FOUND)

    @cached_property
    def tables(self) -> list[Any]:
        """The lookup tables, which the saved module must hold."""
        return [self.lattice.edges, self.whole_words]

    def __call__(self, words: Any) -> Any:
        """Return the ids of distinct words: ragged int32 (w, None) for UTF-8 strings (w,)."""
        import tensorflow as tf

        whole = self.whole_words.lookup(words)
        divided = tf.where(whole == NOT_FOUND)[:, 0]
        lengths = tf.strings.length(tf.gather(words, divided), unit="UTF8_CHAR")
        divided = tf.gather(divided, tf.argsort(lengths, direction="DESCENDING"))
        single = tf.RaggedTensor.from_uniform_row_length(whole, 1)
        ids = tf.concat([single, self._divided(tf.gather(words, divided))], axis=0)
        number = tf.size(words, tf.int64)
        rows = number + tf.range(tf.size(divided, tf.int64))
        return tf.gather(ids, tf.tensor_scatter_nd_update(tf.range(number), divided[:, None], rows))

    def _divided(self, words: Any) -> Any:
        """Return the ids of the best segmentation of words (w,), the longest words first: ragged int32 (w, None)."""
        import tensorflow as tf

        path = self.lattice.best(words)
        ends = tf.where(path.length > 0)[:, 0]
        ids, word, length = (tf.gather(values, ends) for values in (path.piece, path.word, path.length))
        written, ids = ids == self.unknown, tf.where(ids == len(self.scores), self.unknown, ids)
        unknown, no = ids == self.unknown, tf.zeros_like(ids[:1], tf.bool)
        goes_on = tf.concat([no, unknown[1:] & unknown[:-1] & (word[1:] == word[:-1])], axis=0)
        if self.byte_pieces is None:
            begins = tf.where(~goes_on)[:, 0]
            ids, word = tf.gather(ids, begins), tf.gather(word, begins)
        else:
            characters = tf.boolean_mask(path.characters, path.characters != END_OF_WORD)
            parts = tf.RaggedTensor.from_row_lengths(characters, tf.cast(length, tf.int64), validate=False)
            alone = written & ~goes_on & ~tf.concat([goes_on[1:], no], axis=0)
            ids, part = _with_bytes(ids, parts, unknown & ~alone, tf.constant(self.byte_pieces))
            word = tf.gather(word, part)
        return tf.RaggedTensor.from_value_rowids(ids, tf.cast(word, tf.int64), tf.size(words, tf.int64), validate=False)

    def _check_unknown(self) -> None:
        """Raise ValueError if unknown characters in a row can make up a piece, which `tokenizers` then looks up."""
        single = self.unknown_piece
        for piece in self.pieces if self.unknown_score > 0 else [piece for piece in self.pieces if single in piece]:
            rest = piece.replace(single, "") if single else piece
            if piece == single or any(character in self.pieces for character in rest):
                continue
            marks = (len(piece) - len(rest)) // max(len(single), 1)
            beaten = marks * self.scores[self.unknown] + len(rest) * self.unknown_score
            if self.scores[self.pieces[piece]] <= beaten + ROUNDING * abs(beaten):
                raise ValueError(
                    f"The Unigram vocabulary gives the piece {piece!r} a lower score than to unknown characters, which "
                    "the graph cannot reproduce. Remove the piece from the vocabulary."
                )


def _byte_pieces(pieces: Mapping[str, int]) -> np.ndarray | None:
    """Return the ids of the pieces of bytes, int32 (256,), or None if the vocabulary has none of them."""
    found = [pieces.get(f"<0x{byte:02X}>", NOT_FOUND) for byte in range(256)]
    missing = found.count(NOT_FOUND)
    if missing == len(found):
        return None
    if missing:
        raise ValueError(
            f"The Unigram vocabulary lacks {missing} of the 256 pieces <0x00> to <0xFF> that byte_fallback needs. "
            "Set byte_fallback to false or choose another checkpoint."
        )
    return np.array(found, np.int32)


def _with_bytes(ids: Any, parts: Any, replaced: Any, byte_pieces: Any) -> tuple[Any, Any]:
    """Replace parts of words by the ids of their bytes in UTF-8.

    Args:
        ids: int32 (n,), the id of each part.
        parts: ragged int32 (n, None), the code points of each part.
        replaced: bool (n,), whether a part is replaced.
        byte_pieces: int32 (256,), the id of each byte.

    Returns:
        The ids, int32 (m,), and the number of the part to which each of them belongs, int64 (m,).
    """
    import tensorflow as tf

    part = parts.value_rowids()
    encoded = tf.io.decode_raw(tf.strings.unicode_encode(parts.values[:, None], "UTF-8"), tf.uint8, fixed_length=4)
    present = (encoded > 0) | (tf.range(4) == 0)  # only a character's first byte can be 0
    as_bytes = tf.where(present, tf.gather(byte_pieces, tf.cast(encoded, tf.int32)), NOT_FOUND)
    is_last = tf.range(tf.size(part, tf.int64)) == tf.gather(parts.row_limits(), part) - 1
    as_piece = tf.where(is_last[:, None] & (tf.range(4) == 0), tf.gather(ids, part)[:, None], NOT_FOUND)
    emitted = tf.where(tf.gather(replaced, part)[:, None], as_bytes, as_piece)
    kept = emitted != NOT_FOUND
    return tf.boolean_mask(emitted, kept), tf.gather(part, tf.where(kept)[:, 0])


def unigram(document: Mapping[str, Any]) -> Unigram:
    """Build the model from its object in tokenizer.json.

    Raises:
        ValueError: the vocabulary is empty or wrong, or no piece stands for unknown characters.
    """
    vocabulary, unknown = [(str(piece), float(score)) for piece, score in document["vocab"]], document.get("unk_id")
    if unknown is None or not 0 <= unknown < len(vocabulary):
        raise ValueError(
            f"The Unigram model has {len(vocabulary)} pieces and the unk_id {unknown}, so that unknown characters have "
            "no id. Choose a checkpoint whose tokenizer names a piece for them."
        )
    return Unigram(vocabulary, unknown, bool(document.get("byte_fallback")))


KINDS = {"Unigram": unigram}
