"""Many texts as arrays, so that parts of them can be compared again and again without another look at a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from textlab.evaluation.shift.languages import language_of
from textlab.evaluation.shift.tokens import series_of, tokens_of, words_of

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BUCKETS = 4096  # numbers that the tokens of a text are hashed to; about ten words of a language share one
_MENTION = re.compile(r"@\w+")  # names of people: they are private, and nearly every one is new


@dataclass(frozen=True, eq=False)
class TextTable:
    """n texts as arrays.

    Attributes:
        tokens: str (t,), the distinct tokens of the texts, see `tokens.tokens_of`. Mentions are left out.
        holds: (n, t) sparse, 1 where a text has a token.
        words: int32 (n,), the number of words in each text.
        languages: str (n,), see `languages.language_of`.
        series: int64 (n,). Texts with the same words, apart from digits and signs, have the same number.
    """

    tokens: np.ndarray
    holds: "csr_matrix"
    words: np.ndarray
    languages: np.ndarray
    series: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    def take(self, rows: np.ndarray) -> "TextTable":
        """Return some of the texts, in the given order, with the tokens that they hold."""
        holds = self.holds[rows]
        held = np.flatnonzero(np.bincount(holds.indices, minlength=len(self.tokens)))
        part = self.tokens[held], holds[:, held], self.words[rows], self.languages[rows], self.series[rows]
        return TextTable(*part)

    @cached_property
    def buckets(self) -> np.ndarray:
        """The bucket of each token, int64 (t,)."""
        hashes = [crc32(token.encode("utf-8", errors="surrogatepass")) for token in self.tokens]
        return np.array(hashes, dtype=np.int64) % BUCKETS


def text_table(texts: Sequence[str]) -> TextTable:
    """Look at each text once.

    Raises:
        ValueError: there are no texts.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    if not len(texts):
        raise ValueError("There are no texts to describe. Pass at least one.")
    words = [words_of(_MENTION.sub(" ", text)) for text in texts]
    tokens = [tokens_of(text, found) for text, found in zip(texts, words, strict=True)]
    counter = CountVectorizer(analyzer=list, binary=True, dtype=np.float32)
    holds = counter.fit_transform(tokens)
    numbers: dict[object, int] = {}
    return TextTable(
        counter.get_feature_names_out(),
        holds.tocsr(),
        np.array([sum(map(str.isalnum, found)) for found in words], dtype=np.int32),
        np.array([language_of(text) for text in texts], dtype=object),
        np.array([numbers.setdefault(key, len(numbers)) for key in series_of(tokens)]),
    )


def hashed(table: TextTable) -> "csr_matrix":
    """Return the buckets that the tokens of each text fall into: (n, BUCKETS) sparse, zeros and ones.

    Many words share a bucket, so the words of a text cannot be told with certainty from its buckets.
    """
    from scipy.sparse import csr_matrix

    holds = table.holds
    ones = np.ones(holds.nnz, dtype=np.float32)
    # The starts are copied, because summing duplicates changes them in place.
    result = csr_matrix((ones, table.buckets[holds.indices], holds.indptr.copy()), shape=(len(table), BUCKETS))
    result.sum_duplicates()
    result.data[:] = 1
    return result
