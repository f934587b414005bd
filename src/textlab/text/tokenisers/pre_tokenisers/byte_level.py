"""The pre-tokenizer ByteLevel: words of GPT-2's pattern, written in an alphabet of 256 letters for bytes."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from textlab.text.tokenisers.contract import PreTokeniser, Splits
from textlab.text.tokenisers.patterns import BLANK, gpt2_starts
from textlab.text.tokenisers.splitting import divided

PRINTABLE = (*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100))
ASCII = 0x80


class ByteLevel:
    """Divides texts into words and writes each byte of their UTF-8 as a printable character.

    Args:
        add_prefix_space: whether each split begins with a blank, added if it is not there.
        use_regex: whether to divide by GPT-2's pattern.
    """

    def __init__(self, add_prefix_space: bool = True, use_regex: bool = True) -> None:
        self.add_prefix_space, self.use_regex = add_prefix_space, use_regex

    def __call__(self, splits: Splits) -> Splits:
        """Return the words, in order."""
        import tensorflow as tf

        if self.add_prefix_space:
            splits = _with_blanks(splits)
        words = divided(splits, gpt2_starts(splits.characters)) if self.use_regex else splits
        letters = tf.constant(byte_letters())
        # Only characters beyond ASCII have more than one byte. ISO-8859-1 decodes each byte as a code point.
        characters = tf.cond(
            tf.reduce_all(words.characters.values < ASCII),
            lambda: words.characters,
            lambda: tf.strings.unicode_decode(tf.strings.unicode_encode(words.characters, "UTF-8"), "ISO-8859-1"),
        )
        characters = characters.with_values(tf.gather(letters, characters.values))
        return Splits(characters, words.segment, words.begins_text)


@cache
def byte_letters() -> np.ndarray:
    """Return the code point that stands for each byte, int32 (256,): itself if printable, or one from U+0100 on."""
    letters = np.arange(256, dtype=np.int32)
    others = np.setdiff1d(letters, PRINTABLE)
    letters[others] = 0x100 + np.arange(len(others))
    return letters


def _with_blanks(splits: Splits) -> Splits:
    """Put a blank before each split that begins with another character."""
    import tensorflow as tf

    characters = splits.characters
    begins = tf.gather(characters.values, characters.row_starts())
    lengths = tf.cast(tf.not_equal(begins, BLANK), tf.int64)
    blanks = tf.RaggedTensor.from_row_lengths(tf.fill([tf.reduce_sum(lengths)], BLANK), lengths, validate=False)
    return Splits(tf.concat([blanks, characters], axis=1), splits.segment, splits.begins_text)


def _build(document: Mapping[str, Any]) -> PreTokeniser:
    return ByteLevel(document.get("add_prefix_space", True), document.get("use_regex", True))


KINDS = {"ByteLevel": _build}
