"""Replace: each occurrence of a string, or each run of characters of a class, becomes other characters."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from textlab.text.tokenisers.characters import matching
from textlab.text.tokenisers.code_points import CODE_POINTS, CodePointTable
from textlab.text.tokenisers.rewriting import CharacterMap, conditional, spliced

# A regular expression for one character: an ordinary one, an escaped one, or a class in brackets without nested ones.
CHARACTER = r"\\[^pPbBAZzGkgxuoXRKQEc0-9]|\\[pP]\{\w+\}|\[(?:[^][\\&]|\\[^pPxuo0-9])+\]|[^][\\(){}.*+?|^$]"
RUN = re.compile(rf"(?P<run>{CHARACTER})(?:\+|\{{(?P<least>\d+),\}})(?:\|(?P<single>{CHARACTER}))?")


class ReplaceString:
    """Replaces a string of two or more characters, from left to right.

    Args:
        pattern: the string. Its occurrences do not overlap, or it repeats one character.
        content: what replaces it.
    """

    def __init__(self, pattern: str, content: str) -> None:
        self.pattern, self.content = _numbers(pattern), _numbers(content)
        self.repeats = len(set(pattern)) == 1

    def __call__(self, characters: Any) -> Any:
        """Return the rewritten code points, ragged int32 (s, None)."""
        import tensorflow as tf

        length = len(self.pattern)
        values = tf.concat([characters.values, tf.fill([length], -1)], 0)
        size = tf.size(characters.values)
        found = tf.reduce_all([values[place : size + place] == number for place, number in enumerate(self.pattern)], 0)

        def replaced() -> Any:
            begins = tf.where(found)[:, 0]
            limits = tf.gather(characters.row_splits, tf.searchsorted(characters.row_splits, begins, side="right"))
            begins = tf.boolean_mask(begins, begins + length <= limits)
            if self.repeats:
                run = begins - tf.range(tf.size(begins, tf.int64))  # the same number for neighbours
                places = tf.range(tf.size(run)) - tf.searchsorted(run, run)
                begins = tf.boolean_mask(begins, places % length == 0)
            return _filled(characters, begins, begins + length, self.content)

        return conditional(tf.reduce_any(found), replaced, characters)


class ReplaceRuns:
    """Replaces each run of at least so many characters of a class, and single characters of another class.

    Args:
        run: bool (0x110000,), the class of the characters in runs.
        least: the length from which a run is replaced.
        single: bool (0x110000,), characters that are replaced also in shorter runs; `least` is 2 if there are any.
        content: what replaces a run.
    """

    def __init__(self, run: np.ndarray, least: int, single: np.ndarray, content: str) -> None:
        self.run, self.least, self.content = CodePointTable(run), least, _numbers(content)
        self.single = CodePointTable(single) if single.any() else None

    def __call__(self, characters: Any) -> Any:
        """Return the rewritten code points, ragged int32 (s, None)."""
        import tensorflow as tf

        found = self.run(characters.values)

        def replaced() -> Any:
            places, splits = tf.where(found)[:, 0], characters.row_splits
            row_begins = tf.gather(splits, tf.searchsorted(splits, places)) == places
            first = tf.concat([[True], places[1:] != places[:-1] + 1], 0) | row_begins
            runs = tf.concat([tf.where(first)[:, 0], [tf.size(places, tf.int64)]], 0)
            begins, ends = tf.gather(places, runs[:-1]), tf.gather(places, runs[1:] - 1) + 1
            kept = ends - begins >= self.least
            if self.single:
                kept |= self.single(tf.gather(characters.values, begins))
            return _filled(characters, tf.boolean_mask(begins, kept), tf.boolean_mask(ends, kept), self.content)

        return conditional(tf.reduce_any(found), replaced, characters)


def _filled(characters: Any, begins: Any, ends: Any, content: np.ndarray) -> Any:
    """Replace each part of the texts by the same content."""
    import tensorflow as tf

    starts = tf.zeros_like(begins)
    return spliced(characters, begins, ends, tf.constant(content), starts, starts + len(content))


def _numbers(text: str) -> np.ndarray:
    return np.array(list(map(ord, text)), np.int32)


def _build(document: Mapping[str, Any]) -> Any:
    ((kind, pattern),) = document["pattern"].items()
    return _of_string(pattern, document["content"]) if kind == "String" else _of_regex(pattern, document["content"])


def _of_string(pattern: str, content: str) -> ReplaceString | CharacterMap:
    borders = any(pattern.endswith(pattern[:length]) for length in range(1, len(pattern)))
    if not pattern or (borders and len(set(pattern)) > 1):
        raise ValueError(
            f"The tokenizer's normaliser replaces {pattern!r}, which is empty or can overlap with itself. The graph "
            "cannot reproduce that: choose another checkpoint."
        )
    return CharacterMap({ord(pattern): content}) if len(pattern) == 1 else ReplaceString(pattern, content)


def _of_regex(pattern: str, content: str) -> ReplaceRuns | CharacterMap:
    if re.fullmatch(CHARACTER, pattern):
        return CharacterMap(dict.fromkeys(np.flatnonzero(_class(pattern)).tolist(), content))
    found = RUN.fullmatch(pattern)
    least = int(found["least"] or 1) if found else 0
    if found and least > 0 and (least == 2 or not found["single"]):
        run, single = _class(found["run"]), _class(found["single"] or "")
        if not (single & ~run).any():
            return ReplaceRuns(run, least, single, content)
    raise ValueError(
        f"The tokenizer's normaliser replaces the regular expression {pattern!r}, which the graph cannot reproduce. "
        "Choose a checkpoint whose normaliser replaces single characters or runs of characters."
    )


def _class(pattern: str) -> np.ndarray:
    """Return the code points that a regular expression for one character, or for none, matches, bool (0x110000,)."""
    if len(pattern) > 1:
        return matching(pattern)
    found = np.zeros(CODE_POINTS, bool)
    found[list(map(ord, pattern))] = True
    return found


KINDS = {"Replace": _build}
