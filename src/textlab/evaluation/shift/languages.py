"""The languages of texts: by script, and by function words for languages in Latin letters.

Single short texts are often uncertain. The shares over many texts are what this module is for.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from textlab.evaluation.shift.class_shares import shares_p
from textlab.evaluation.shift.stop_words import STOP_WORDS

LEAST_EVIDENCE = 1.5  # function words; a word of several languages counts in part
LEAST_LEAD = 0.75  # function words before the next language
_ASCII_LETTER = re.compile("[A-Za-z]")
_JAPANESE = {"HIRAGANA", "KATAKANA"}
_SCRIPT_NAMES = {"CJK": "Chinese", "HANGUL": "Korean"}


@dataclass(frozen=True)
class LanguageShift:
    """The languages of two samples.

    Attributes:
        reference, current: the share of each language among the texts whose language is recognised, the largest first.
        recognised: the share of texts whose language is recognised, in both samples.
        distance: the difference between the shares of the language that moved most, from 0 to 1. It counts among
            recognised texts and among all texts, the smaller of the two, because style decides what is recognised.
        p: the p value of the chi-squared test of that language.
    """

    reference: dict[str, float]
    current: dict[str, float]
    recognised: tuple[float, float]
    distance: float
    p: float


def language_shift(reference: Counter[str], current: Counter[str]) -> LanguageShift:
    """Compare the languages of two samples.

    Args:
        reference: the number of texts in each language, "" for those whose language is unclear.
        current: the same of the other sample.
    """
    found = reference, current
    shares = _shares(reference), _shares(current)
    recognised = (1 - reference[""] / reference.total(), 1 - current[""] / current.total())
    gains = {name: _gain(name, shares, recognised) for name in {**shares[0], **shares[1]}}
    if not gains:
        return LanguageShift(*shares, recognised, 0.0, 1.0)
    moved = max(gains, key=lambda name: (gains[name], name))
    table = np.array([[counts[moved], counts.total() - counts[moved]] for counts in found])
    return LanguageShift(*shares, recognised, gains[moved], shares_p(table))


def _gain(name: str, shares: tuple[dict[str, float], dict[str, float]], recognised: tuple[float, float]) -> float:
    """Return by how much a language's share differs, among recognised texts and among all: the smaller difference."""
    first, second = (of_sample.get(name, 0.0) for of_sample in shares)
    if (first - second) * (first * recognised[0] - second * recognised[1]) <= 0:
        return 0.0
    return min(abs(first - second), abs(first * recognised[0] - second * recognised[1]))


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = sum(count for name, count in counts.items() if name)
    return {name: count / total for name, count in counts.most_common() if name}


def language_of(text: str) -> str:
    """Name a text's language, such as "French", or its script, such as "Cyrillic script"; "" if it is unclear."""
    script = _script_of(text)
    if script != "LATIN":
        if script in _JAPANESE or (script == "CJK" and any(_script(character) in _JAPANESE for character in text)):
            return "Japanese"
        return f"{_SCRIPT_NAMES.get(script, script.capitalize())} script" if script else ""
    evidence: dict[str, float] = {}
    known = _languages_by_word()
    for word in set(text.lower().replace("’", "'").translate(_EDGES).split()):
        for language in known.get(word, ()):
            evidence[language] = evidence.get(language, 0.0) + 1 / len(known[word])
    if not evidence:
        return ""
    *_, second, first = sorted([0.0, *evidence.values()])
    return max(evidence, key=evidence.__getitem__) if first >= LEAST_EVIDENCE and first - second >= LEAST_LEAD else ""


_EDGES = {ord(sign): " " for sign in '.,;:!?"()[]{}<>…«»“”*_/\\|#@&=+~^%$€£0123456789-–—'}


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    words = {word for listed in STOP_WORDS.values() for word in listed.split()}
    sets = {language: set(listed.split()) for language, listed in STOP_WORDS.items()}
    return {word: tuple(language for language, known in sets.items() if word in known) for word in words}


def _script_of(text: str) -> str:
    """Return the commonest script of a text's letters; "" for a text without letters."""
    if text.isascii():
        return "LATIN" if _ASCII_LETTER.search(text) else ""
    counts = Counter(script for script in map(_script, text) if script)
    return max(counts, key=counts.__getitem__) if counts else ""


@cache
def _script(character: str) -> str:
    """Return the first word of a letter's name, which is its script: "LATIN", "CYRILLIC", "CJK"."""
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""
