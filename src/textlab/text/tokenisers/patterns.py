r"""Regular expressions of pre-tokenizers as rules for neighbouring characters, in a TensorFlow graph.

TensorFlow's regular expressions know neither lookahead nor every Unicode class. Each pattern that encoders use is
therefore written as conditions on the classes of a character and its neighbours, which hold for all characters at once.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from textlab.text.tokenisers.characters import matching
from textlab.text.tokenisers.code_points import CODE_POINTS, CodePointTable
from textlab.text.tokenisers.splitting import first_of_row, shifted

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
ONE_CHARACTER = re.compile(r"(\\[sdw]|\\p\{\w+\}|\[0-9\]|\[\\r\\n\])(\+?)")
OTHER, LETTER, NUMBER, SPACE, EDGE = range(5)
BLANK, APOSTROPHE = map(ord, " '")
CONTRACTIONS = ("s", "t", "re", "ve", "m", "ll", "d")
LETTERS = 128
NO_CONTRACTION, NO_LETTER = -1, -2


@dataclass(frozen=True)
class Matches:
    """Where a regular expression matches in the n characters of ragged code points.

    Attributes:
        starts: bool (n,), whether a match or a gap between matches begins at the character.
        matched: bool (n,), whether the character is part of a match.
    """

    starts: Any
    matched: Any


Find = Callable[[Any], Matches]


def find_regex(pattern: str) -> Find:
    """Return the function that finds a regular expression in ragged code points (s, None).

    Raises:
        ValueError: the graph does not know the expression.
    """
    if pattern == GPT2:
        return _everywhere(gpt2_starts)
    simple = ONE_CHARACTER.fullmatch(pattern)
    if simple:
        return partial(_members, simple[1], bool(simple[2]))
    raise ValueError(
        f"The tokenizer splits texts by the regular expression {pattern}, which the graph does not know. "
        "Choose a checkpoint that splits as GPT-2 does, or by one class of characters."
    )


def find_string(wanted: str) -> Find:
    """Return the function that finds a string in ragged code points (s, None).

    Raises:
        ValueError: the string is empty, or a part of it both begins and ends it, so that two matches could overlap.
    """
    if not wanted or any(wanted.startswith(wanted[start:]) for start in range(1, len(wanted))):
        raise ValueError(
            f"The tokenizer splits texts by {wanted!r}, whose occurrences the graph cannot tell apart. "
            "Choose a checkpoint that splits by a string that does not overlap itself."
        )
    return partial(_occurrences, [ord(character) for character in wanted])


@cache
def character_classes() -> CodePointTable:
    """Return the table that tells whether a code point is a letter, a number, a space or another, uint8."""
    classes = np.full(CODE_POINTS, OTHER, np.uint8)
    for kind, pattern in ((LETTER, r"\p{L}"), (NUMBER, r"\p{N}"), (SPACE, r"\s")):
        classes[matching(pattern)] = kind
    return CodePointTable(classes)


def gpt2_starts(characters: Any) -> Any:
    r"""Tell where matches of GPT-2's pattern begin.

    A run of letters, of numbers or of other characters is a match, with the blank before it. Of several spaces before
    it, \s+(?!\S) takes all but the last one. An apostrophe that begins a match may be a contraction.

    Args:
        characters: ragged int32 (s, None) with n code points in all.

    Returns:
        bool (n,).
    """
    import tensorflow as tf

    values, near = characters.values, _Near(characters)
    after_blank = shifted(tf.equal(values, BLANK), 1, False) & ~near.first
    starts = tf.where(
        tf.equal(near.kind, SPACE),
        tf.not_equal(near.before, SPACE) | (tf.not_equal(near.after, SPACE) & ~near.last),
        tf.not_equal(near.kind, near.before) & ~after_blank,
    )
    return _contracted(values, starts, near.last)


class _Near:
    """The classes of characters and of their neighbours in the same row, each (n,)."""

    def __init__(self, characters: Any) -> None:
        import tensorflow as tf

        self.first = first_of_row(characters)
        self.last = shifted(self.first, -1, True)
        self.kind = character_classes()(characters.values)
        edge = tf.constant(EDGE, tf.uint8)
        self.before = tf.where(self.first, edge, shifted(self.kind, 1, EDGE))
        self.after = tf.where(self.last, edge, shifted(self.kind, -1, EDGE))


def _contracted(values: Any, starts: Any, last: Any) -> Any:
    """Let contractions begin where an apostrophe begins a match, and let the rest of the word begin after them.

    Args:
        values: int32 (n,), code points.
        starts: bool (n,), where matches begin without contractions.
        last: bool (n,), whether the character ends its row.
    """
    import tensorflow as tf

    # Two characters behind the end are no letters, so no contraction reaches over the end of a row.
    following, end = tf.concat([values, [0, 0]], axis=0), tf.concat([last, [True, True]], axis=0)
    places = tf.where(starts & tf.equal(values, APOSTROPHE))[:, 0]
    one = tf.where(tf.gather(end, places), 0, tf.minimum(tf.gather(following, places + 1), LETTERS - 1))
    two = tf.where(tf.gather(end, places + 1), 0, tf.gather(following, places + 2))
    second = tf.gather(tf.constant(_second_letters()), one)
    found = tf.equal(second, NO_LETTER) | tf.equal(second, two)
    places, second = tf.gather(places, tf.where(found)), tf.gather(second, tf.where(found))
    starts = tf.tensor_scatter_nd_update(starts, places + 1, tf.zeros_like(places[:, 0], tf.bool))
    ends = tf.where(tf.equal(second, NO_LETTER), places + 2, places + 3)
    ends = tf.gather(ends, tf.where(ends[:, 0] < tf.size(values, tf.int64)))[:, 0]
    return tf.tensor_scatter_nd_update(starts, ends, tf.ones_like(ends[:, 0], tf.bool))


@cache
def _second_letters() -> np.ndarray:
    """Return the second letter of the contraction that each first letter begins, or a mark, int32 (128,)."""
    letters = np.full(LETTERS, NO_CONTRACTION, np.int32)
    for contraction in CONTRACTIONS:
        letters[ord(contraction[0])] = ord(contraction[1]) if len(contraction) == 2 else NO_LETTER
    return letters


def _everywhere(starts: Callable[[Any], Any]) -> Find:
    """Return the function that finds a pattern whose matches cover every character."""
    import tensorflow as tf

    def find(characters: Any) -> Matches:
        return Matches(starts(characters), tf.ones_like(characters.values, tf.bool))

    return find


def _members(pattern: str, runs: bool, characters: Any) -> Matches:
    """Find the characters of a class, one by one or in runs."""
    import tensorflow as tf

    first, matched = first_of_row(characters), CodePointTable(matching(pattern))(characters.values)
    changes = first | tf.not_equal(matched, shifted(matched, 1, False))
    return Matches(changes if runs else changes | matched, matched)


def _occurrences(wanted: list[int], characters: Any) -> Matches:
    """Find a string that cannot overlap itself."""
    import tensorflow as tf

    first, begins = first_of_row(characters), tf.ones_like(characters.values, tf.bool)
    for place, number in enumerate(wanted):
        begins &= tf.equal(shifted(characters.values, -place, -1) if place else characters.values, number)
        if place:
            begins &= ~shifted(first, -place, True)
    matched, starts = begins, first | begins
    for place in range(1, len(wanted)):
        matched |= shifted(begins, place, False)
    return Matches(starts | shifted(begins, len(wanted), False), matched)
