"""Normalisers of single characters, whatever stands beside them: Lowercase, StripAccents, Nmt and ByteLevel."""

from functools import cache, cached_property
from typing import Any

import numpy as np

from textlab.text.tokenisers.rewriting import CharacterMap
from textlab.text.tokenisers.unicode_tables import outputs


class SingleCharacters:
    """A normaliser of single characters.

    Args:
        kind: "Lowercase", "StripAccents" or "Nmt".
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    @cached_property
    def _map(self) -> CharacterMap:
        return _character_map(self.kind)

    def __call__(self, characters: Any) -> Any:
        """Return the rewritten code points, ragged int32 (s, None)."""
        return self._map(characters)


class ByteLevel:
    """Writes each byte of the UTF-8 form as one character, as byte-level tokenizers do."""

    @cached_property
    def _characters(self) -> np.ndarray:
        from tokenizers.normalizers import ByteLevel as Reference

        every_byte = [*range(0x801), *range(0x1000, 0xE000, 0x1000), 0xE000, 0xF000, *range(0x10000, 0x110000, 0x10000)]
        found = np.arange(256, dtype=np.int32)  # a byte that UTF-8 never has stands for itself
        for number in every_byte:
            found[list(chr(number).encode())] = list(map(ord, Reference().normalize_str(chr(number))))
        return found

    def __call__(self, characters: Any) -> Any:
        """Return the characters that stand for the bytes, ragged int32 (s, None)."""
        import tensorflow as tf

        texts = tf.strings.unicode_encode(characters, "UTF-8")
        splits = tf.concat([[0], tf.cumsum(tf.cast(tf.strings.length(texts), tf.int64))], 0)
        numbers = tf.cast(tf.io.decode_raw(tf.strings.reduce_join(texts), tf.uint8), tf.int32)
        values = tf.gather(tf.constant(self._characters), numbers)
        return tf.RaggedTensor.from_row_splits(values, splits, validate=False)


@cache
def _character_map(kind: str) -> CharacterMap:
    from tokenizers import normalizers

    return CharacterMap(outputs(getattr(normalizers, kind)().normalize_str))


KINDS = {
    **{kind: lambda document, kind=kind: SingleCharacters(kind) for kind in ("Lowercase", "StripAccents", "Nmt")},
    "ByteLevel": lambda document: ByteLevel(),
}
