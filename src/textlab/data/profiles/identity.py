"""Remove the traces of a text's author: name, login, addresses, gender words, origin and place.

The rules know the author's own name and login, the places of all users, and the lists in `gazetteer`. They do not know
the names of other people, nor employers, schools and clubs, which may still hint at an origin.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from textlab.data.profiles.gazetteer import GENDER_WORDS, ORDINARY_WORDS, ORIGINS
from textlab.data.profiles.people import User


class Removed(StrEnum):
    """Kinds of text that are removed. Reports show the values."""

    LINK = "links"
    EMAIL = "e-mail addresses"
    MENTION = "@mentions"
    LOGIN = "logins"
    NAME = "names of the author"
    PLACE = "places and origins"
    GENDER = "gender words"


NAME_MARK, PLACE_MARK = "\ue000", "\ue001"  # private-use characters that stand for what was found
_LEAD = r"(?:\b(?:e-?mail|mail|contact|blog|website|homepage|web|more at|find me (?:at|on)|reach me at)\b\s*:?\s*)?"
_LINK = re.compile(_LEAD + r"(?:https?://|www\.)\S+", re.IGNORECASE)
_EMAIL = re.compile(_LEAD + r"[\w.+-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_MENTION = re.compile(_LEAD + r"(?<![\w.])@[\w-]+(?![\w/])")
_PRONOUNS = re.compile(
    r"[(\[]?\b(?:she|he|they|her|him|them|xe|ze)\s*/\s*(?:\w+)(?:\s*/\s*\w+)?\b[)\]]?", re.IGNORECASE
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_GENDERED_EMOJI = re.compile(
    "(?:[\U0001f466-\U0001f469\U0001f474\U0001f475\U0001f478\U0001f934][\U0001f3fb-\U0001f3ff]?|[♀♂]\ufe0f?)"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
_SUFFIX = re.compile(r"(?:['’]s|-based|-born)$", re.IGNORECASE)
_NAMED = re.compile(
    rf"(?:\b(?:hi|hello|hey)\b[,!. ]*)?(?:\b(?:i['’]?m|i am|my name is|this is|call me|it['’]?s)\s+)?"
    rf"{NAME_MARK}(?:[\s-]*{NAME_MARK})*(?:['’]s?\b)?\s*(?:here\b\s*)?(?:[,:!|–—-]\s*)?",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"(?:\b(?:currently|originally|now|based|living|lives?|located|born|raised|working|grew up|moved|native|hails?)"
    r"\s+)*"
    r"(?:\b(?:in|from|at|near|to|of|around|outside|out of)\s+)?(?:the\s+)?"
    rf"{PLACE_MARK}(?:[\s,/&|-]*(?:\b(?:and|then|via)\s+)?{PLACE_MARK})*(?:-(?:based|born)\b)?",
    re.IGNORECASE,
)
_TIDYING = (
    (re.compile(r"[(\[]\s*[)\]]"), " "),
    (re.compile(r"\s+([,.;:!?])"), r"\1"),
    (re.compile(r"([,.;:])(?:\s*[,.;:])+(?=\s|$)"), r"\1"),
)
_LEADING = " ,.;:!|·•–—-"
MOST_WORDS_OF_A_PLACE = 4


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """Return a word without accents and case."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


@lru_cache(maxsize=1024)
def _first_words(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset(phrase.split()[0] for phrase in phrases if phrase.strip())


def parts_of_place(location: str) -> list[str]:
    """Return the parts of a location, folded: "São Paulo, Brazil" has the parts "sao paulo" and "brazil"."""
    parts = (folded(part).strip(" .!") for part in re.split(r"[,;/|()&]|\s[-–—]\s", location))
    return [part for part in parts if len(part) > 1]


class _Word(NamedTuple):
    """A word at a position of a text, folded; only a capitalised one may be a name or a place."""

    start: int
    end: int
    plain: str
    may_be_name: bool
    is_acronym: bool


class Anonymiser:
    """Removes the traces of one user from texts.

    Args:
        user: the author of the texts.
        places: the folded parts of the locations of all users.
        kept: folded words that are skills of the user, such as a programming language; they are never removed as a
            part of a name, a login or a place.
        removed: counts what is removed, by kind.
    """

    def __init__(self, user: User, places: frozenset[str], kept: Iterable[str], removed: Counter[Removed]) -> None:
        kept = frozenset(kept)
        self.removed = removed
        self._name, self._login = user.name.strip(), user.login
        words = {folded(word) for word in _WORD.findall(user.name)}
        parts = words | {part for word in words for part in re.split(r"['’.-]", word)}
        names = {part for part in parts if len(part) > 1} - kept
        self._names, self._ordinary_names = names - ORDINARY_WORDS, names & ORDINARY_WORDS
        if folded(user.login) in kept | ORDINARY_WORDS:
            self._login = ""
        self._own_places = set(parts_of_place(user.location)) - kept
        self._all_places, self._kept = places, kept
        self._any_place = _first_words(places) | _first_words(ORIGINS)
        self._triggers = GENDER_WORDS | names | _first_words(frozenset(self._own_places))

    def biography(self, text: str) -> str:
        """Clean what the user says about themselves: origins and all known places are removed, too."""
        return self._clean(text, is_biography=True)

    def description(self, text: str) -> str:
        """Clean the description of a repository; of the places only the user's own are removed."""
        return self._clean(text, is_biography=False)

    def _clean(self, text: str, is_biography: bool) -> str:
        original = text
        text = text.replace(NAME_MARK, " ").replace(PLACE_MARK, " ")
        text = self._replace(_LINK, " ", Removed.LINK, text) if "://" in text or "www." in text.lower() else text
        if "@" in text or "at)" in text or "at]" in text:
            text = self._replace(_EMAIL, " ", Removed.EMAIL, text)
            text = self._replace(_MENTION, " ", Removed.MENTION, text)
        if self._name and self._name.lower() in text.lower():
            pattern = re.compile(re.escape(self._name), re.IGNORECASE)
            text = self._replace(pattern, f" {NAME_MARK} ", Removed.NAME, text)
        if self._login and self._login.lower() in text.lower():
            pattern = re.compile(rf"(?<![\w-]){re.escape(self._login)}(?:[./][\w./-]*)?(?![\w-])", re.IGNORECASE)
            text = self._replace(pattern, f" {NAME_MARK} ", Removed.LOGIN, text)
        if "/" in text:
            text = self._replace(_PRONOUNS, " ", Removed.GENDER, text)
        if not text.isascii():
            text = self._replace(_FLAG, f" {PLACE_MARK} ", Removed.PLACE, text)
            text = self._replace(_GENDERED_EMOJI, " ", Removed.GENDER, text)
        text = self._without_words(text, is_biography)
        return " ".join(text.split()) if text == original else tidy(text)

    def _replace(self, pattern: re.Pattern[str], by: str, kind: Removed, text: str) -> str:
        text, count = pattern.subn(by, text)
        if count:
            self.removed[kind] += count
        return text

    def _without_words(self, text: str, is_biography: bool) -> str:
        folds = [folded(_SUFFIX.sub("", word)) for word in _WORD.findall(text)]
        if self._triggers.isdisjoint(folds) and (not is_biography or self._any_place.isdisjoint(folds)):
            return text
        words = [
            _Word(match.start(), match.end(), plain, not match[0][:1].islower(), match[0].isupper())
            for match, plain in zip(_WORD.finditer(text), folds, strict=True)
        ]
        if text == text.lower():  # names and places are not capitalised either
            words = [word._replace(may_be_name=word.plain not in ORDINARY_WORDS) for word in words]
        pieces, end, at = [], 0, 0
        while at < len(words):
            mark, length = self._mark(words[at : at + MOST_WORDS_OF_A_PLACE], text, is_biography)
            if length:
                pieces += [text[end : words[at].start], mark]
                end = words[at + length - 1].end
            at += max(length, 1)
        return "".join([*pieces, text[end:]])

    def _mark(self, words: list["_Word"], text: str, is_biography: bool) -> tuple[str, int]:
        """Return what replaces the first words, and how many of them it replaces; 0 if none."""
        first = words[0]
        if first.plain in GENDER_WORDS and "-" not in text[max(first.start - 1, 0) : first.end + 1]:
            self.removed[Removed.GENDER] += 1
            return " ", 1
        if not first.may_be_name:
            return "", 0
        if first.plain in self._names or (
            is_biography and first.plain in self._ordinary_names and not first.is_acronym
        ):
            self.removed[Removed.NAME] += 1
            return NAME_MARK, 1
        for length in range(len(words), 0, -1):
            if self._is_place(" ".join(word.plain for word in words[:length]), is_biography):
                self.removed[Removed.PLACE] += 1
                return PLACE_MARK, length
        return "", 0

    def _is_place(self, phrase: str, is_biography: bool) -> bool:
        if phrase in self._own_places:
            return True
        return is_biography and phrase not in self._kept and (phrase in ORIGINS or phrase in self._all_places)


def tidy(text: str) -> str:
    """Remove what introduced a name or a place, and mend blanks and punctuation."""
    if NAME_MARK in text:
        text = _NAMED.sub("", text)
    if PLACE_MARK in text:
        text = _PLACED.sub("", text)
    text = " ".join(text.split())
    for pattern, by in _TIDYING:
        text = pattern.sub(by, text)
    return text.strip(" ").lstrip(_LEADING).rstrip(" ,;:|·•–—-")
