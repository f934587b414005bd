"""Tokens: the words of a text, and what its surface shows, such as a link or words in upper case."""

import re
from collections.abc import Sequence

import numpy as np

_LINK = re.compile(r"(?i)\bhttps?\b\S*|\bwww\.\S+")
# A word, one character of a script without blanks between words, or one other sign such as "!" or an emoji.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|[^\w\s]")
_SURFACE = {
    "a link": _LINK,
    "a mention": re.compile(r"(?<!\w)@\w"),
    "a hashtag": re.compile(r"(?<!\w)#\w"),
    "an emoji": re.compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55]"),
    "a digit": re.compile(r"\d"),
    "a word in upper case": re.compile(r"\b[A-Z]{2,}\b"),
    "a letter in lower case": re.compile(r"[a-z]"),
    "a capital at the start": re.compile(r"\A\W*[A-Z]"),
    "an exclamation mark": re.compile("!"),
    "a question mark": re.compile(r"\?"),
    "punctuation at the end": re.compile(r"[.!?…]\W*\Z"),
    "a line break": re.compile(r"\n"),
}
FEATURES = tuple(_SURFACE)  # each names what a text has
_LENGTH = "length "


def tokens_of(text: str, words: Sequence[str]) -> frozenset[str]:
    """Return a text's distinct words and signs in lower case, the features that it has, and its rounded length.

    Features and the length contain a blank, which no word does.

    Args:
        text: the text.
        words: its words, from `words_of`.
    """
    surface = (name for name, rule in _SURFACE.items() if rule.search(text))
    length = f"{_LENGTH}{round(2 * np.log2(len(words) + 1))}"  # steps of about 40 %
    return frozenset((*words, *surface, length))


def words_of(text: str) -> list[str]:
    """Return the words and signs of a text in lower case, without links.

    >>> words_of("Late AGAIN! http://t.co/x")
    ['late', 'again', '!']
    """
    return _TOKEN.findall(_LINK.sub(" ", text).lower())


def is_word(token: str) -> bool:
    """Whether a token is a word or sign of the text, not a feature or a length."""
    return " " not in token


def series_of(texts: Sequence[frozenset[str]]) -> list[frozenset[str] | str | int]:
    """Return a key for each text. Texts with the same words, apart from digits and signs, have the same key.

    Args:
        texts: the tokens of each text. A text without words gets a key of its own.
    """
    keys = [frozenset(token for token in tokens if token.isalpha()) for tokens in texts]
    return [key or number for number, key in enumerate(keys)]
