"""The languages of texts: by script, and by function words for languages in Latin letters.

Single short texts are often uncertain. The shares over many texts are what this module is for.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from textlab.evaluation.shift.class_shares import shares_p
from textlab.evaluation.shift.stop_words import STOP_WORDS

LEAST_EVIDENCE = 1.5  # function words; a word of several languages counts in part
LEAST_LEAD = 0.75  # function words before the next language
_JAPANESE = {"HIRAGANA", "KATAKANA"}


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


def language_shift(reference: Sequence[str], current: Sequence[str]) -> LanguageShift:
    """Compare the languages of two samples of texts."""
    found = [Counter(map(language_of, texts)) for texts in (reference, current)]
    shares = _shares(found[0]), _shares(found[1])
    recognised = (1 - found[0][""] / len(reference), 1 - found[1][""] / len(current))
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
        return "Japanese" if script in _JAPANESE else f"{script.capitalize()} script" if script else ""
    evidence: Counter[str] = Counter()
    for word in set(text.lower().replace("’", "'").translate(_EDGES).split()):
        for language in _languages_by_word().get(word, ()):
            evidence[language] += 1 / len(_languages_by_word()[word])  # type: ignore[assignment]
    ranked = evidence.most_common(2)
    lead = ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0) if ranked else 0
    return ranked[0][0] if ranked and ranked[0][1] >= LEAST_EVIDENCE and lead >= LEAST_LEAD else ""


_EDGES = {ord(sign): " " for sign in '.,;:!?"()[]{}<>…«»“”*_/\\|#@&=+~^%$€£0123456789-–—'}


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    words = {word for listed in STOP_WORDS.values() for word in listed.split()}
    sets = {language: set(listed.split()) for language, listed in STOP_WORDS.items()}
    return {word: tuple(language for language, known in sets.items() if word in known) for word in words}


def _script_of(text: str) -> str:
    """Return the commonest script of a text's letters; "" for a text without letters."""
    counts = Counter(_scripts(text))
    return counts.most_common(1)[0][0] if counts else ""


def _scripts(text: str) -> Iterable[str]:
    return (script for script in map(_script, text) if script)


@cache
def _script(character: str) -> str:
    """Return the first word of a letter's name, which is its script: "LATIN", "CYRILLIC", "CJK"."""
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""
