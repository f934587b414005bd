"""The terms of a text: stems of its words, and names such as C++, C#, .NET and Node.js as they are written."""

import re
import threading
import unicodedata
from collections.abc import Callable
from functools import cache

# A word; "++" or "#" after it; words joined by dots, also after a first dot.
TERM = re.compile(r"(?:(?<![\w.])\.(?=[^\W\d]))?\w+(?:\.\w+)*(?:\+\+|#(?!\w))?")


class Tokenizer:
    """Splits texts into terms.

    Args:
        stemmer: the language of the Snowball stemmer, such as "english"; "" keeps words as they are.

    Raises:
        ValueError: the stemmer's language is unknown.
    """

    def __init__(self, stemmer: str) -> None:
        self._stemmer = stemmer
        self._own = threading.local()  # a stemmer must not be used by two threads at once
        self._stem_words([])

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text, repeated as often as they occur.

        A term that holds dots counts as a whole and in its parts: "node.js" also answers a query for "node".
        """
        whole, words = [], []
        for term in TERM.findall(unicodedata.normalize("NFKC", text).casefold()):
            if term[-1] in "+#":
                whole.append(term)
            elif "." in term:
                whole.append(term)
                words += [part for part in term.split(".") if part]
            else:
                words.append(term)
        return self._stem_words(words) + whole

    def _stem_words(self, words: list[str]) -> list[str]:
        if not self._stemmer:
            return words
        if not hasattr(self._own, "stem"):
            self._own.stem = _stemmer(self._stemmer)
        return self._own.stem(words)


def _stemmer(language: str) -> Callable[[list[str]], list[str]]:
    import Stemmer

    if language not in _languages():
        raise ValueError(f"{language!r} is not a language of the stemmer. Choose one of {', '.join(_languages())}.")
    return Stemmer.Stemmer(language).stemWords


@cache
def _languages() -> tuple[str, ...]:
    import Stemmer

    return tuple(Stemmer.algorithms())
