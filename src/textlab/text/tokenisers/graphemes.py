"""Boundaries of extended grapheme clusters (Unicode Standard Annex 29) in a TensorFlow graph.

The class of each code point is measured on `tokenizers`, whose version of Unicode is decisive: its normaliser
Precompiled treats a cluster of fewer than 6 bytes as one character, so the length of its output shows where clusters
end.
"""

import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS, CodePointTable

# Classes as bits; the comment names the values of Grapheme_Cluster_Break.
JOINING = 1 << 0  # Extend, ZWJ, SpacingMark
EXTENDING = 1 << 1  # Extend
CONTROL = 1 << 2  # CR, LF, Control
PREPENDED = 1 << 3  # Prepend
PICTOGRAPH = 1 << 4  # Extended_Pictographic=Yes
FLAG = 1 << 5  # Regional_Indicator
LEADING, VOWEL, TRAILING, OPEN, CLOSED = (1 << bit for bit in range(6, 11))  # Hangul: L, V, T, LV, LVT
CONSONANT, LINKER, BETWEEN = (1 << bit for bit in range(11, 14))  # Indic_Conjunct_Break: Consonant, Linker, or Extend
JOINER, RETURN, NEWLINE = 0x200D, 0x0D, 0x0A
LETTER, MARK, OTHER_MARK, COPYRIGHT, PREFIX = "a", "\u0300", "\u0301", "\u00a9", "\u0600"
L, V, T, LV, LVT, ZWJ, KA, VIRAMA = "\u1100", "\u1160", "\u11a8", "\uac00", "\uac01", "\u200d", "\u0915", "\u094d"


def joined(characters: Any, classes: Any) -> Any:
    """Return whether each code point belongs to the cluster of the one before it, bool (c,).

    Args:
        characters: ragged int32 (s, None), no row of which is empty.
        classes: int32 (c,), the class of each code point from `classes()`.
    """
    import tensorflow as tf

    values = characters.values
    rows = characters.row_splits[:-1]
    begins = tf.scatter_nd(rows[:, None], tf.ones_like(rows, tf.bool), tf.shape(values, tf.int64))
    before = tf.concat([[0], classes[:-1]], 0)
    places = tf.range(tf.size(values))

    def has(kinds: int, of: Any = classes) -> Any:
        return tf.bitwise.bitwise_and(of, kinds) > 0

    def last(wanted: Any) -> Any:
        """Return the place of the last wanted character before each one in its row, or else of the row's first."""
        wanted |= begins
        found = tf.gather(
            tf.boolean_mask(places, wanted), tf.maximum(tf.cumsum(tf.cast(wanted, tf.int32), exclusive=True) - 1, 0)
        )
        return tf.where(begins, places, found)

    hangul = (
        (has(LEADING, before) & has(LEADING | VOWEL | OPEN | CLOSED))
        | (has(OPEN | VOWEL, before) & has(VOWEL | TRAILING))
        | (has(CLOSED | TRAILING, before) & has(TRAILING))
    )
    # A pictograph, marks, a joiner and a pictograph: the last that is no mark before the joiner is a pictograph.
    joiner = tf.concat([[False], values[:-1] == JOINER], 0)
    base = tf.concat([[0], last(~has(EXTENDING))[:-1]], 0)
    emoji = joiner & has(PICTOGRAPH) & has(PICTOGRAPH, tf.gather(classes, base))
    # Consonants with only linkers and the like between them, and at least one linker.
    linkers = tf.cumsum(tf.cast(has(LINKER), tf.int32), exclusive=True)
    base = last(~has(LINKER | BETWEEN))
    conjunct = has(CONSONANT) & has(CONSONANT, tf.gather(classes, base)) & (linkers > tf.gather(linkers, base))
    # Flags are pairs, counted from the first of their run.
    base = last(~has(FLAG))
    run = tf.where(has(FLAG, tf.gather(classes, base)), base, base + 1)
    flags = has(FLAG) & has(FLAG, before) & ((places - run) % 2 == 1)
    together = has(JOINING) | has(PREPENDED, before) | hangul | emoji | conjunct | flags
    crlf = (values == NEWLINE) & tf.concat([[False], values[:-1] == RETURN], 0)
    return ~begins & (crlf | (together & ~has(CONTROL) & ~has(CONTROL, before)))


@cache
def classes() -> CodePointTable:
    """Return the classes of each code point as a sum of bits, int32."""
    count = _counter()
    found = np.zeros(CODE_POINTS, np.int32)

    def among(candidates: np.ndarray, text: Callable[[str], str], parts: int) -> np.ndarray:
        """Return the candidates whose text has so many parts that are replaced."""
        return candidates[count([text(chr(number)) for number in candidates]) == parts]

    assigned = (range(0x3400), range(0xA000, 0xD800), range(0xF900, 0x20000), range(0xE0000, 0xE1000))
    numbers = np.setdiff1d(np.concatenate(assigned), [NEWLINE, RETURN])
    joining = among(numbers, lambda character: LETTER + character, 1)
    found[joining] |= JOINING
    found[among(numbers, lambda character: character + LETTER, 1)] |= PREPENDED
    found[among(numbers, lambda character: character + MARK + OTHER_MARK, 2)] |= CONTROL
    found[[NEWLINE, RETURN]] = CONTROL
    found[among(joining, lambda character: COPYRIGHT + character + ZWJ + COPYRIGHT + MARK, 5)] |= EXTENDING
    found[among(joining, lambda character: KA + character + KA + MARK, 4)] |= LINKER
    found[among(joining, lambda character: KA + character + VIRAMA + KA + MARK, 5)] |= BETWEEN
    others = numbers[found[numbers] == 0]
    found[among(others, lambda character: COPYRIGHT + ZWJ + character, 3)] |= PICTOGRAPH
    found[among(others, lambda character: character + VIRAMA + KA + MARK, 4)] |= CONSONANT
    found[among(others, lambda character: character + LVT + MARK, 3)] |= LEADING
    syllabic = among(others, lambda character: character + T + MARK, 3)  # V, T, LV, LVT
    trailing = among(syllabic, lambda character: PREFIX + LVT + character, 3)
    vowels = np.setdiff1d(among(syllabic, lambda character: PREFIX + LV + character, 3), trailing)
    open_ones = np.setdiff1d(among(syllabic, lambda character: character + V + MARK, 3), vowels)
    found[syllabic] |= CLOSED
    for kind, members in ((TRAILING, trailing), (VOWEL, vowels), (OPEN, open_ones)):
        found[members] = kind
    found[0x1F1E6:0x1F200] = FLAG
    return CodePointTable(found)


def _counter() -> Callable[[list[str]], np.ndarray]:
    """Return a function that counts the parts of texts that `tokenizers` replaces: short clusters, and characters."""
    from tokenizers.normalizers import Precompiled

    # A map that replaces each character but the line feed by "k". Nodes of the trie share their children, whose places
    # are the byte above these bases: the first byte, the last byte, the last two, the last three, and the value.
    first, last, last_two, last_three, value = 256, 512, 768, 1024, 1280
    units = np.zeros(1536, np.uint32)
    units[0] = first << 10

    def add(base: int, letters: range, children: int) -> None:
        for letter in letters:
            place = base ^ letter
            units[place] = (place ^ children) << 10 | (children == value) << 8 | letter

    add(first, range(1, 0x80), value)
    add(first, range(0xC2, 0xE0), last)
    add(first, range(0xE0, 0xF0), last_two)
    add(first, range(0xF0, 0xF5), last_three)
    add(last, range(0x80, 0xC0), value)
    add(last_two, range(0x80, 0xC0), last)
    add(last_three, range(0x80, 0xC0), last_two)
    units[first ^ NEWLINE] = 0
    units[value] = 1 << 31
    normalise = Precompiled(struct.pack("<I", units.nbytes) + units.astype("<u4").tobytes() + b"k\0").normalize_str

    def count(texts: list[str]) -> np.ndarray:
        return np.array([len(line) for line in normalise("\n".join(texts)).split("\n")])

    return count
