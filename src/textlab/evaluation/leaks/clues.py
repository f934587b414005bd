"""Clues: simple features of a text, such as a word, a prefix or a length, any of which could give its label away."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

_TOKEN = re.compile(r"https?://[^\s]+|[@#]?\w+(?:['’\-_.]\w+)*|[^\w\s]+")
_HOST = re.compile(r"https?://([^/\s?#]+)")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DATE = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_LONGEST = 40  # characters of a token that a clue quotes
NUMBERS = {
    "characters": "the number of characters",
    "words": "the number of words",
    "capitals": "the share of capital letters",
    "number": "the first number in a text",
    "date": "the date in a text",
}


def clues(text: str) -> list[str]:
    """Return what is true of a text, each as a phrase that completes "texts with ..."."""
    return list(dict.fromkeys([*_of_tokens(text), *_of_spelling(text)]))


def _of_tokens(text: str) -> Iterator[str]:
    tokens = [token[:_LONGEST] for token in _TOKEN.findall(text.lower()) if token.isprintable()]
    for token in tokens:
        if host := _HOST.match(token):
            yield f"a link to {host[1]}"
        elif token.isdigit():
            yield f"a number of {len(token)} digits"
            yield f"the token '{token}'"
        else:
            yield f"the token '{token}'"
            if _DIGIT.search(token):
                yield f"a token like '{_DIGIT.sub('0', token)}' (any digits)"
    for first, second in pairwise(tokens):
        yield f"the words '{first} {second}'"
    if tokens:
        yield f"the first token '{tokens[0]}'"
        yield f"the last token '{tokens[-1]}'"


def _of_spelling(text: str) -> Iterator[str]:
    if text[:1].isspace():
        yield "white space at the start"
    if text[-1:].isspace():
        yield "white space at the end"
    if "  " in text.strip():
        yield "two blanks in a row"
    for character in {character for character in text if not character.isalnum()}:
        if unicodedata.category(character) in {"Cc", "Cf", "Co", "Zs", "Zl", "Zp"} and character != " ":
            yield f"the invisible character U+{ord(character):04X}"
    letters = [character for character in text if character.isalpha()]
    if letters and not any(character.islower() for character in letters):
        yield "no lower-case letter"
    if letters and not any(character.isupper() for character in letters):
        yield "no capital letter"
    if not any(unicodedata.category(character)[0] in "PS" for character in text):
        yield "no punctuation"


def clue_matrix(texts: Sequence[str], least: int) -> tuple[np.ndarray, Any]:
    """Find the clues that at least `least` texts have.

    Returns:
        The clues, and a sparse matrix of zeros and ones: a row per text, a column per clue.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=clues, binary=True, min_df=least, dtype=np.int32)
    matrix = vectorizer.fit_transform(texts)
    return vectorizer.get_feature_names_out(), matrix.tocsc()


def numbers(texts: Sequence[str]) -> pd.DataFrame:
    """Measure texts: a row per text, a column per name in `NUMBERS`; not a number where a text has none."""
    return pd.DataFrame(
        {
            "characters": [float(len(text)) for text in texts],
            "words": [float(len(text.split())) for text in texts],
            "capitals": [sum(map(str.isupper, text)) / max(sum(map(str.isalpha, text)), 1) for text in texts],
            "number": [float(found[0]) if (found := _NUMBER.search(text)) else np.nan for text in texts],
            "date": [_day(text) for text in texts],
        }
    )


def _day(text: str) -> float:
    found = _DATE.search(text)
    try:
        return float(date(*map(int, found.groups())).toordinal()) if found else np.nan
    except ValueError:
        return np.nan
