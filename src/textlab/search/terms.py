"""The ranking by terms: BM25 over inverted lists, with statistics of the documents that the index holds now."""

import math
from collections import Counter
from pathlib import Path

import numpy as np

from .arrays import read_array, write_array
from .inverted import InvertedLists, InvertedListsWriter, joined
from .ranking import best_positions
from .settings import IndexSettings
from .tokens import Tokenizer

LENGTHS = "lengths.npy"
LISTS = "lists"


class TermRanking:
    """Scores documents by BM25, in Lucene's variant (Kamphuis et al., ECIR 2020, without the constant factor k1 + 1).

    Args:
        folder: the folder of the terms.
        settings: those of the index.
    """

    def __init__(self, folder: Path, settings: IndexSettings) -> None:
        self._tokenizer = Tokenizer(settings.stemmer)
        self._lists = InvertedLists.read(folder / LISTS)
        lengths = read_array(folder / LENGTHS)
        self.count = len(lengths)
        mean = lengths.mean(dtype=np.float64) if self.count else 0.0
        self._norms = (settings.k1 * (1 - settings.b + settings.b * lengths / (mean or 1.0))).astype(np.float32)

    def best(self, text: str, count: int, passing: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of the documents with the highest scores, best first, and the scores.

        Only documents that hold a term of the text are found.

        Args:
            text: the query.
            count: the number of documents, at most.
            passing: bool (n,), the documents that may be found; None means all.
        """
        scores = np.zeros(self.count, np.float32)
        for term, repeats in Counter(self._tokenizer.terms(text)).items():
            row = self._lists.vocabulary.row(term)
            if row is not None:
                documents, counts = self._lists.list_of(row)
                weight = math.log(1 + (self.count - len(documents) + 0.5) / (len(documents) + 0.5)) * repeats
                scores[documents] += np.float32(weight) * counts / (counts + self._norms[documents])
        if passing is not None:
            scores[~passing] = 0
        best = best_positions(scores, count)
        best = best[scores[best] > 0]
        return best, scores[best]


class TermsWriter:
    """Collects the terms of new documents."""

    def __init__(self, settings: IndexSettings) -> None:
        self._tokenizer = Tokenizer(settings.stemmer)
        self._lists = InvertedListsWriter()
        self._lengths: list[int] = []

    def add(self, position: int, text: str) -> None:
        """Add the terms of a document."""
        terms = self._tokenizer.terms(text)
        self._lists.add(position, Counter(terms))
        self._lengths.append(len(terms))

    def write(self, folder: Path, old: Path | None, positions: np.ndarray) -> None:
        """Write the terms of the old documents that stay and of the new ones.

        Args:
            folder: a new folder.
            old: the folder of the terms of the old index; None if there is none.
            positions: the new position of each old document; -1 for one that is removed.
        """
        lists, lengths = self._lists.lists(), np.array(self._lengths, np.int32)
        if old is not None:
            lists = joined(InvertedLists.read(old / LISTS), positions, lists)
            lengths = np.concatenate([read_array(old / LENGTHS)[positions >= 0], lengths])
        lists.write(folder / LISTS)
        write_array(folder / LENGTHS, lengths)
