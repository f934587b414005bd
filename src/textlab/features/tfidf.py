"""Tf-idf of word and character n-grams over processed text."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.text.processor import TextProcessor
from textlab.text.steps.lemmatise import Lemmatise
from textlab.text.steps.normalise import Normalise

BLOCKS = {"word": ("word",), "char": ("char",), "word_char": ("word", "char")}


@dataclass
class Block:
    """The vocabulary and weights of word n-grams or of character n-grams.

    Attributes:
        analyser: "word" (n-grams of tokens, joined by a blank) or "char" (n-grams within a token that is padded with
            blanks, scikit-learn's `char_wb`).
        widths: the smallest and the largest n.
        vocabulary: the n-grams in the order of the columns.
        idf: float32 (columns,), ln((1 + texts) / (1 + texts with the n-gram)) + 1.
    """

    analyser: str
    widths: tuple[int, int]
    vocabulary: list[str] = field(default_factory=list)
    idf: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    @cached_property
    def counter(self) -> Any:
        """The scikit-learn vectorizer that counts these n-grams: in texts for words, in tokens for characters."""
        from sklearn.feature_extraction.text import CountVectorizer

        settings: dict[str, Any] = {"lowercase": False, "dtype": np.float32, "ngram_range": self.widths}
        settings |= {"vocabulary": self.vocabulary or None}
        if self.analyser == "word":
            return CountVectorizer(tokenizer=str.split, token_pattern=None, **settings)
        return CountVectorizer(analyzer="char_wb", **settings)

    def count_all(self, texts: Sequence[str]) -> Any:
        """Count every n-gram of processed texts, sparse float32 (n, n-grams); `keep_frequent` chooses among them."""
        try:
            return self._counts(texts, self.counter.fit_transform)
        except ValueError:  # scikit-learn found no n-gram at all
            from scipy.sparse import csr_matrix

            return csr_matrix((len(texts), 0), dtype=np.float32)

    def keep_frequent(self, counts: Any, minimum_count: int) -> Any:
        """Fit vocabulary and idf to the n-grams in at least `minimum_count` texts; return their counts.

        Args:
            counts: what `count_all` returned.
            minimum_count: n-grams in fewer texts are dropped.

        Raises:
            ValueError: no n-gram occurs in `minimum_count` texts.
        """
        frequencies = text_frequencies(counts)
        kept = frequencies >= minimum_count
        if not kept.any():
            raise ValueError(
                f"No {self.analyser} n-gram occurs in {minimum_count} of the {counts.shape[0]} training texts. "
                "Add texts or lower minimum_count."
            )
        self.vocabulary = self.counter.get_feature_names_out()[kept].tolist()
        self.idf = (np.log((1 + counts.shape[0]) / (1 + frequencies[kept])) + 1).astype(np.float32)
        del self.counter  # it would also count the n-grams that were dropped
        return counts[:, kept]

    def counts(self, texts: Sequence[str]) -> Any:
        """Count the n-grams of the fitted vocabulary in processed texts, sparse float32 (n, columns)."""
        return self._counts(texts, self.counter.transform)

    def restrict(self, kept: np.ndarray) -> None:
        """Drop all n-grams except those at the column numbers `kept`, int (m,), which are sorted."""
        self.vocabulary = [self.vocabulary[column] for column in kept]
        self.idf = self.idf[kept]
        self.__dict__.pop("counter", None)  # it counts the n-grams that were dropped

    def _counts(self, texts: Sequence[str], count: Callable[[Sequence[str]], Any]) -> Any:
        """Count the n-grams in each text, sparse float32 (n, columns).

        Character n-grams lie within a token, so they are counted once per distinct token.
        """
        from scipy.sparse import csr_matrix

        if self.analyser == "word":
            return count(texts)
        numbers: dict[str, int] = {}
        tokens = [[numbers.setdefault(token, len(numbers)) for token in text.split()] for text in texts]
        ends = np.cumsum([0, *map(len, tokens)])
        columns = np.fromiter(chain.from_iterable(tokens), np.int32, ends[-1])
        in_texts = csr_matrix((np.ones(ends[-1], np.float32), columns, ends), shape=(len(texts), len(numbers)))
        counts = in_texts @ count(list(numbers))
        counts.sort_indices()
        return counts

    def weighted(self, counts: Any) -> Any:
        """Return (1 + ln count) idf, each row scaled to length one; `counts` is changed."""
        from sklearn.preprocessing import normalize

        counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        return normalize(counts, copy=False) if counts.shape[0] else counts


class TfidfFeatures:
    """Tf-idf features: (1 + ln count) idf, each block of a row scaled to length one.

    Args:
        kind: "word" (1- and 2-grams of tokens), "char" (2- to 5-grams of characters within tokens) or "word_char"
            (both).
        minimum_count: n-grams in fewer training texts are dropped.
        lemmas: whether to count lemmas instead of word forms (English).

    Attributes:
        processor: the steps that prepare the texts.

    Raises:
        ValueError: the kind is unknown, or `minimum_count` is below 1.
    """

    def __init__(self, kind: str = "word_char", minimum_count: int = 2, lemmas: bool = False) -> None:
        if kind not in BLOCKS:
            raise ValueError(f"Unknown features '{kind}'. Available: {', '.join(BLOCKS)}.")
        if minimum_count < 1:
            raise ValueError(f"minimum_count is {minimum_count}. It must be at least 1.")
        self.kind = kind
        self.minimum_count = minimum_count
        self.processor = TextProcessor(Normalise(), Lemmatise()) if lemmas else TextProcessor(Normalise())
        self.blocks = self._unfitted()

    def _unfitted(self) -> list[Block]:
        return [Block(name, (1, 2) if name == "word" else (2, 5)) for name in BLOCKS[self.kind]]

    def fit_transform(self, texts: Sequence[str], most_columns: int | None = None) -> Any:
        """Fit vocabulary and idf to texts; return their matrix, sparse float32 (n, columns).

        Args:
            texts: n texts.
            most_columns: the limit of the columns. If there are more, n-grams in few texts are dropped: the minimum is
                raised above `minimum_count` until the columns are within the limit.

        Raises:
            ValueError: no n-gram occurs in `minimum_count` texts, or in the raised minimum.
        """
        return self._matrix(self._fit_counts(texts, most_columns))

    def _fit_counts(self, texts: Sequence[str], most_columns: int | None = None) -> list[Any]:
        processed = self.processor.apply(texts)
        blocks = self._unfitted()  # forget an earlier fit
        counts = [block.count_all(processed) for block in blocks]
        minimum = self.minimum_count
        if most_columns is not None:
            frequencies = np.concatenate([text_frequencies(part) for part in counts])
            while np.count_nonzero(frequencies >= minimum) > most_columns:
                minimum += 1
        counts = [block.keep_frequent(part, minimum) for block, part in zip(blocks, counts, strict=True)]
        self.blocks = blocks
        return counts

    def _matrix(self, counts: Sequence[Any]) -> Any:
        from scipy.sparse import hstack

        return hstack([block.weighted(part) for block, part in zip(self.blocks, counts, strict=True)], format="csr")

    def fit_counts(self, texts: Sequence[str]) -> Any:
        """Fit vocabulary and idf to texts; return the counts of the n-grams, sparse float32 (n, columns).

        Raises:
            ValueError: no n-gram occurs in `minimum_count` texts.
        """
        from scipy.sparse import hstack

        return hstack(self._fit_counts(texts), format="csr")

    def transform(self, texts: Sequence[str]) -> Any:
        """Return the matrix of texts for the fitted vocabulary, sparse float32 (n, columns)."""
        processed = self.processor.apply(texts)
        return self._matrix([block.counts(processed) for block in self.blocks])

    def counts(self, texts: Sequence[str]) -> Any:
        """Count the n-grams of the fitted vocabulary in texts, sparse float32 (n, columns)."""
        from scipy.sparse import hstack

        processed = self.processor.apply(texts)
        return hstack([block.counts(processed) for block in self.blocks], format="csr")

    @property
    def vocabulary(self) -> list[str]:
        """The n-grams of all blocks in the order of the columns."""
        return [n_gram for block in self.blocks for n_gram in block.vocabulary]

    def restrict(self, kept: np.ndarray) -> None:
        """Drop all n-grams except those at the column numbers `kept`, int (m,), which are sorted.

        A block that loses all its n-grams goes too.
        """
        ends = np.cumsum([0, *(len(block.vocabulary) for block in self.blocks)])
        for block, start, end in zip(self.blocks, ends[:-1], ends[1:], strict=True):
            block.restrict(kept[(kept >= start) & (kept < end)] - start)
        self.blocks = [block for block in self.blocks if block.vocabulary]

    def save(self, folder: Path) -> None:
        """Write tfidf.json, one idf_<analyser>.npy per block and the text processor into a folder."""
        blocks = [
            {"analyser": block.analyser, "widths": block.widths, "vocabulary": block.vocabulary}
            for block in self.blocks
        ]
        document = {"kind": self.kind, "minimum_count": self.minimum_count, "blocks": blocks}
        (folder / "tfidf.json").write_text(json.dumps(document), encoding="utf-8")
        self.processor.save(folder)
        for block in self.blocks:
            np.save(folder / f"idf_{block.analyser}.npy", block.idf, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> "TfidfFeatures":
        """Read the features that `save` wrote."""
        document = json.loads((folder / "tfidf.json").read_text(encoding="utf-8"))
        features = cls(document["kind"], document["minimum_count"])
        features.processor = TextProcessor.load(folder)
        features.blocks = [
            Block(
                saved["analyser"],
                tuple(saved["widths"]),
                saved["vocabulary"],
                np.load(folder / f"idf_{saved['analyser']}.npy", allow_pickle=False),
            )
            for saved in document["blocks"]
        ]
        return features

    def coverage(self, texts: Sequence[str]) -> pd.DataFrame:
        """Measure how much of some texts the vocabulary covers.

        Returns:
            A row per block: `columns`, its size, and `known_share`, the share of all n-grams in the texts.
        """
        rows = []
        processed = self.processor.apply(texts)
        for block in self.blocks:
            analyse = block.counter.build_analyzer()
            known = set(block.vocabulary)
            running = [gram in known for text in processed for gram in analyse(text)]
            share = sum(running) / max(len(running), 1)
            rows.append({"n_grams": block.analyser, "columns": len(known), "known_share": share})
        return pd.DataFrame(rows).set_index("n_grams")


def text_frequencies(counts: Any) -> np.ndarray:
    """Return how many texts hold each n-gram, int (n-grams,), from counts, sparse (n, n-grams)."""
    return np.bincount(counts.indices, minlength=counts.shape[1])
