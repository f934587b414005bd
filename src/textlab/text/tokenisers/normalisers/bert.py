"""BERT's normaliser: clean the text, set Chinese characters apart, strip accents, and lower the case."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS, CodePointTable
from textlab.text.tokenisers.normalisers.normal_forms import NormalForm
from textlab.text.tokenisers.rewriting import CharacterMap, conditional
from textlab.text.tokenisers.unicode_tables import decompositions, outputs

SETTINGS = ("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")


class BertNormaliser:
    """BERT's normaliser.

    Without accents to strip, it treats each character by itself. To strip accents it decomposes the text, sorts the
    combining marks and removes some; sorting matters only for those that it keeps, so a text without these takes the
    quick way: each character is replaced by the output for it alone.

    Args:
        clean_text, handle_chinese_chars, strip_accents, lowercase: the settings.
    """

    def __init__(self, clean_text: bool, handle_chinese_chars: bool, strip_accents: bool, lowercase: bool) -> None:
        self.settings = (clean_text, handle_chinese_chars, strip_accents, lowercase)

    def __call__(self, characters: Any) -> Any:
        """Return the normalised code points, ragged int32 (s, None)."""
        import tensorflow as tf

        clean_text, handle_chinese_chars, strip_accents, lowercase = self.settings
        alone, cleans = _map(*self.settings), clean_text or handle_chinese_chars
        if not strip_accents:
            return alone(characters)

        def in_steps() -> Any:
            cleaned = _map(clean_text, handle_chinese_chars, False, False)(characters) if cleans else characters
            return _map(False, False, True, lowercase)(NormalForm("NFD")(cleaned))

        sorted_marks = tf.reduce_any(_kept_marks(*self.settings)(characters.values))
        return conditional(sorted_marks, in_steps, alone(characters))


@cache
def _outputs(*settings: bool) -> dict[int, str]:
    from tokenizers.normalizers import BertNormalizer

    return outputs(BertNormalizer(*settings).normalize_str)


@cache
def _map(*settings: bool) -> CharacterMap:
    return CharacterMap(_outputs(*settings))


@cache
def _kept_marks(*settings: bool) -> CodePointTable:
    """Return for each code point whether its output has a mark whose place among others can change."""
    _, ranks = decompositions()
    found = _outputs(*settings)
    kept = np.zeros(CODE_POINTS, bool)
    kept[[number for number in ranks if number not in found]] = True
    kept[[number for number, text in found.items() if any(ord(character) in ranks for character in text)]] = True
    return CodePointTable(kept)


def _build(document: Mapping[str, Any]) -> BertNormaliser:
    clean_text, handle_chinese_chars, strip_accents, lowercase = (document[setting] for setting in SETTINGS)
    return BertNormaliser(
        clean_text, handle_chinese_chars, lowercase if strip_accents is None else strip_accents, lowercase
    )


KINDS = {"BertNormalizer": _build}
