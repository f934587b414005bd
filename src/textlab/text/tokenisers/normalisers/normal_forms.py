"""The normal forms of Unicode: NFC, NFD, NFKC and NFKD.

Only zones are touched: a character and the marks or parts of syllables after it, or a character that is not normal by
itself. Everything else is normal already.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS, CodePointTable
from textlab.text.tokenisers.composition import Composition, ordered
from textlab.text.tokenisers.rewriting import CharacterMap, conditional, spliced
from textlab.text.tokenisers.unicode_tables import decompositions, outputs

CHANGED, INNER = 1, 2  # a character that is not normal by itself; one that may combine with the character before it


class NormalForm:
    """A normal form of Unicode.

    Args:
        kind: "NFC", "NFD", "NFKC" or "NFKD".
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @cached_property
    def _tables(self) -> "_Tables":
        return _tables(self.kind)

    def __call__(self, characters: Any) -> Any:
        """Return the normalised code points, ragged int32 (s, None)."""
        import tensorflow as tf

        traits = self._tables.traits(characters.values)
        return conditional(tf.reduce_any(traits > 0), lambda: self._zones_normalised(characters, traits), characters)

    def _zones_normalised(self, characters: Any, traits: Any) -> Any:
        import tensorflow as tf

        tables = self._tables
        rows = tf.boolean_mask(characters.row_splits, characters.row_splits < tf.size(traits, tf.int64))[:, None]
        inner = tf.tensor_scatter_nd_update(traits >= INNER, rows, tf.zeros_like(rows[:, 0], tf.bool))
        heads = ~inner & ((traits % INNER == CHANGED) | tf.concat([inner[1:], [False]], 0))
        places = tf.where(inner | heads)[:, 0]
        splits = tf.concat([tf.where(tf.gather(heads, places))[:, 0], [tf.size(places, tf.int64)]], 0)
        zones = tf.RaggedTensor.from_row_splits(tf.gather(characters.values, places), splits, validate=False)
        decomposed = tables.decomposition(zones)
        normal, ranks = ordered(decomposed, tables.ranks(decomposed.values))
        if tables.composition:
            normal = tables.composition(normal, ranks)
        begins, ends = tf.gather(places, splits[:-1]), tf.gather(places, splits[1:] - 1) + 1
        return spliced(characters, begins, ends, normal.values, normal.row_starts(), normal.row_lengths())


class _Tables:
    """The tables of a normal form.

    Attributes:
        decomposition: decomposes each character.
        ranks: the rank of the combining class of each code point.
        composition: composes characters, or None for a form without composites.
        traits: `CHANGED` plus `INNER` for each code point, if these hold.
    """

    def __init__(self, kind: str) -> None:
        from tokenizers import normalizers

        canonical, ranks = decompositions()
        normalise = getattr(normalizers, kind)().normalize_str
        decomposed = canonical if "K" not in kind else outputs(normalizers.NFKD().normalize_str)
        self.decomposition = CharacterMap(decomposed)
        self.ranks = CodePointTable(_dense(ranks))
        self.composition = None
        inner = set(ranks)
        if kind.endswith("C"):
            pairs = _pairs(canonical)
            self.composition = Composition(pairs, canonical)
            inner |= {second for _, second in pairs}
        inner |= {number for number, text in decomposed.items() if ord(text[0]) in inner}
        changed = {number for number in decomposed if normalise(chr(number)) != chr(number)}
        self.traits = CodePointTable(_dense(dict.fromkeys(changed, CHANGED)) + _dense(dict.fromkeys(inner, INNER)))


_tables = cache(_Tables)


def _pairs(canonical: dict[int, str]) -> dict[tuple[int, int], int]:
    """Return the composite of each pair of code points that NFC composes."""
    from tokenizers.normalizers import NFC

    compose = NFC().normalize_str
    composites = [(number, text) for number, text in canonical.items() if compose(text) == chr(number)]
    return {(ord(compose(text[:-1])), ord(text[-1])): number for number, text in composites}


def _dense(values: Mapping[int, int]) -> np.ndarray:
    dense = np.zeros(CODE_POINTS, np.int32)
    dense[list(values)] = list(values.values())
    return dense


KINDS = {kind: lambda document, kind=kind: NormalForm(kind) for kind in ("NFC", "NFD", "NFKC", "NFKD")}
