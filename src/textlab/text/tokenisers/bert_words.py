"""The normaliser and the pre-tokenizer of BERT as one map of code points, which is faster than one after the other.

The map is exact, because both look at one character at a time, with one exception: the normaliser sorts neighbouring
combining marks. `fits` says whether that matters for a vocabulary.
"""

import functools
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import chain, permutations
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import BLOCK, CODE_POINTS, SURROGATES, CodePointTable
from textlab.text.tokenisers.contract import Splits

SEPARATOR = "zqz"  # no code point is mapped to this
# A code is a character's number with one of these added, or, for several characters, their place in a list.
LETTER, SIGN, BLANK, SEVERAL = (kind << 21 for kind in range(4))
NUMBER = (1 << 21) - 1
NOTHING = -1


def fits(normaliser: Mapping[str, Any], pieces: Iterable[str]) -> bool:
    """Return whether the map is exact for a vocabulary.

    The order of marks does not matter if they are removed, nor if they are in no piece: then their word is unknown in
    any order.

    Args:
        normaliser: the JSON object of a BertNormalizer.
        pieces: the vocabulary of a WordPiece.
    """
    from tokenizers.normalizers import BertNormalizer

    normalise = BertNormalizer(**_settings(normaliser)).normalize_str
    marks = [character for character in sorted(set("".join(pieces))) if unicodedata.combining(character)]
    marks = [mark for mark in marks if normalise(mark)]
    return all(
        unicodedata.combining(one) <= unicodedata.combining(other)
        or normalise(one + other) == normalise(one) + normalise(other)
        for one, other in permutations(marks, 2)
    )


class NormalisedBertWords:
    """A pre-tokenizer that normalises as BERT does, and divides at blanks and signs.

    Args:
        normaliser: the JSON object of a BertNormalizer.
    """

    def __init__(self, normaliser: Mapping[str, Any]) -> None:
        self._settings = _settings(normaliser)

    @functools.cached_property
    def _codes(self) -> tuple[CodePointTable, np.ndarray, np.ndarray]:
        """Return the code of each code point, and for those of several characters: all their codes, and the splits."""
        codes = np.arange(CODE_POINTS, dtype=np.int32)
        several: list[list[int]] = []
        for number, output in _replacements(tuple(self._settings.items())).items():
            if output == "":
                codes[number] = NOTHING
            elif output == " ":
                codes[number] = BLANK
            elif len(output) == 1:
                codes[number] = ord(output)
            elif len(output) == 3 and output[0] == output[2] == " ":
                codes[number] = ord(output[1]) + SIGN
            else:
                codes[number] = len(several) + SEVERAL
                several.append([BLANK if character == " " else ord(character) for character in output])
        splits = np.cumsum([0, *map(len, several)])
        return CodePointTable(codes), np.array([*chain.from_iterable(several)], np.int32), splits

    def __call__(self, splits: Splits) -> Splits:
        import tensorflow as tf

        codes, row_splits = self._coded(splits.characters)
        present = codes >= 0
        row_splits = _places(present, row_splits)
        codes = tf.boolean_mask(codes, present)
        kinds = tf.bitwise.bitwise_and(codes, SIGN + BLANK)
        breaks = kinds > 0
        size = tf.size(codes, tf.int64)
        first = tf.scatter_nd(row_splits[:-1, None], tf.ones_like(row_splits[:-1]), size[None] + 1)[:-1] > 0
        solid = tf.not_equal(kinds, BLANK)
        begins = first | breaks | tf.concat([breaks[:1], breaks[:-1]], axis=0)
        places = tf.where(begins & solid)[:, 0]
        starts = tf.where(tf.boolean_mask(begins, solid))[:, 0]
        characters = tf.bitwise.bitwise_and(tf.boolean_mask(codes, solid), NUMBER)
        rows = tf.searchsorted(row_splits, places, side="right", out_type=tf.int64) - 1
        word_splits = tf.concat([starts, tf.size(characters, tf.int64)[None]], axis=0)
        return Splits(
            characters=tf.RaggedTensor.from_row_splits(characters, word_splits, validate=False),
            segment=tf.gather(splits.segment, rows),
            begins_text=tf.gather(splits.begins_text, rows) & tf.gather(first, places),
        )

    def _coded(self, characters: Any) -> tuple[Any, Any]:
        """Return the codes of characters, each a letter, a sign, a blank or nothing, and their row splits."""
        import tensorflow as tf

        table, all_codes, all_splits = self._codes
        codes, row_splits = table(characters.values), characters.row_splits
        if not len(all_codes):
            return codes, row_splits
        several = codes >= SEVERAL

        def expanded() -> tuple[Any, Any]:
            which = tf.where(several, codes - SEVERAL, 0)
            starts, limits = tf.gather(tf.constant(all_splits), which), tf.gather(tf.constant(all_splits), which + 1)
            counts = tf.where(several, limits - starts, 1)
            ends = tf.cumsum(counts)
            owners = tf.repeat(tf.range(tf.size(codes)), counts)
            offsets = tf.range(tf.size(owners, tf.int64)) - tf.gather(ends - counts, owners)
            parts = tf.gather(tf.constant(all_codes), tf.gather(starts, owners) + offsets)
            found = tf.where(tf.gather(several, owners), parts, tf.gather(codes, owners))
            return found, tf.gather(tf.concat([[0], ends], axis=0), row_splits)

        return tf.cond(tf.reduce_any(several), expanded, lambda: (codes, row_splits))


def _places(present: Any, row_splits: Any) -> Any:
    """Return the row splits (n + 1,) of the elements (c,) that are present."""
    import tensorflow as tf

    return tf.gather(tf.concat([[0], tf.cumsum(tf.cast(present, tf.int64))], axis=0), row_splits)


def _settings(normaliser: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in normaliser.items() if name != "type"}


@functools.cache
def _replacements(settings: tuple[tuple[str, Any], ...]) -> Mapping[int, str]:
    """Return the output of the normaliser and the pre-tokenizer for each code point that they change.

    Blanks stand where they separate words. Most blocks of code points pass unchanged or are removed as a whole, which
    one call shows. The others are taken apart.
    """
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    normalise, divide = BertNormalizer(**dict(settings)).normalize_str, BertPreTokenizer().pre_tokenize_str
    found: dict[int, str] = {}
    for start in range(0, CODE_POINTS, BLOCK):
        if start in SURROGATES:
            continue
        characters = [chr(number) for number in range(start, start + BLOCK)]
        block = "".join(characters)
        normalised = normalise(block)
        if not normalised:
            found |= dict.fromkeys(range(start, start + BLOCK), "")
        elif normalised != block or len(divide(block)) != 1:
            text = SEPARATOR + "".join(character + SEPARATOR for character in characters)
            outputs = " ".join(word for word, _ in divide(normalise(text))).split(SEPARATOR)[1:-1]
            found |= dict(zip(range(start, start + BLOCK), outputs, strict=True))
    return found
