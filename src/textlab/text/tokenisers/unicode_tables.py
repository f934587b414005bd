"""Measure on `tokenizers` itself how a normaliser treats each code point, because its tables of Unicode are its own."""

from collections.abc import Callable, Iterator
from functools import cache

from textlab.text.tokenisers.code_points import BLOCK, CODE_POINTS, SURROGATES

SEPARATOR = "|1|"  # it composes with no mark, and no normaliser changes it
PLANE = 1 << 16
WITHOUT_CHARACTERS = frozenset(plane << 16 for plane in (*range(4, 14), 15, 16))
LAST_MARK = "\u0345"  # the mark of the highest combining class


def blocks(normalise: Callable[[str], str]) -> Iterator[list[str]]:
    """Yield the code points that a text can hold, 256 at a time.

    Planes without characters, and those for private use, are left out if the normaliser leaves every 64th as it is.
    """
    for plane in range(0, CODE_POINTS, PLANE):
        sample = "".join(map(chr, range(plane, plane + PLANE, 64)))
        if plane in WITHOUT_CHARACTERS and normalise(sample) == sample:
            continue
        for start in range(plane, plane + PLANE, BLOCK):
            if start not in SURROGATES:
                yield [chr(number) for number in range(start, start + BLOCK)]


def outputs(normalise: Callable[[str], str]) -> dict[int, str]:
    """Return what a normaliser makes of each code point by itself, for those that it changes.

    Args:
        normalise: a normaliser of single characters; it may also sort and compose marks.
    """
    found = {}
    for characters in blocks(normalise):
        if normalise("".join(characters)) != "".join(characters):
            found.update(_one_by_one(normalise, characters))
    return found


@cache
def decompositions() -> tuple[dict[int, str], dict[int, int]]:
    """Return the canonical decomposition of each code point that has one, and the rank of each combining mark.

    Ranks order the combining classes from 1 on. A code point that is not a mark, or that is decomposed, has none.
    """
    from tokenizers.normalizers import NFD

    normalise = NFD().normalize_str
    found: dict[int, str] = {}
    marks = [LAST_MARK]
    for characters in blocks(normalise):
        text = "".join(LAST_MARK + character for character in characters)
        if normalise(text) == text:
            continue
        changed = _one_by_one(normalise, characters)
        found |= changed
        marks += [
            character
            for character in characters
            if ord(character) not in changed and normalise(LAST_MARK + character) == character + LAST_MARK
        ]
    return found, dict(_ranks(normalise, list(dict.fromkeys(marks)), 1))


def _one_by_one(normalise: Callable[[str], str], characters: list[str]) -> dict[int, str]:
    text = SEPARATOR + "".join(character + SEPARATOR for character in characters)
    found = normalise(text).split(SEPARATOR)[1:-1]
    return {ord(old): new for old, new in zip(characters, found, strict=True) if old != new}


def _ranks(normalise: Callable[[str], str], marks: list[str], rank: int) -> Iterator[tuple[int, int]]:
    """Sort marks by their combining classes as the normaliser does, beginning with a rank."""
    while marks:
        pivot = marks[0]
        before = [mark for mark in marks if normalise(pivot + mark) != pivot + mark]
        after = [mark for mark in marks if normalise(mark + pivot) != mark + pivot]
        lower = list(_ranks(normalise, before, rank))
        yield from lower
        rank = max((found for _, found in lower), default=rank - 1) + 1
        moved = {*before, *after}
        yield from ((ord(mark), rank) for mark in marks if mark not in moved)
        marks, rank = after, rank + 1
