"""Word vectors: one table type for trained and pretrained vectors."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.features.vectors.subwords import Subwords


@dataclass(frozen=True, eq=False)
class WordVectors:
    """A table of words and their vectors.

    Attributes:
        kind: how they were trained, such as "glove", or the file they come from, such as "glove.twitter.27B.25d.txt".
        words: the distinct words, the most frequent first if that is known.
        matrix: float32 (words, width).
        subwords: vectors of character n-grams for composing words outside the table; None if the kind has none.

    Raises:
        ValueError: there is no word, a word occurs twice, the matrix has another shape, or a value is not finite.
    """

    kind: str
    words: tuple[str, ...]
    matrix: np.ndarray
    subwords: Subwords | None = None

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError(f"The word vectors '{self.kind}' have no words.")
        if self.matrix.ndim != 2 or len(self.matrix) != len(self.words) or self.matrix.dtype != np.float32:
            raise ValueError(
                f"The matrix is {self.matrix.dtype} {self.matrix.shape}. {len(self.words)} words need a float32 matrix "
                "with the same number of rows."
            )
        if len(self.index) != len(self.words):
            raise ValueError(f"The word vectors '{self.kind}' have {len(self.words) - len(self.index)} words twice.")
        if not np.isfinite(self.matrix).all():
            word = self.words[int(np.argmin(np.isfinite(self.matrix).all(axis=1)))]
            raise ValueError(f"The vector of '{word}' in '{self.kind}' has a value that is not finite.")

    @property
    def width(self) -> int:
        """The width of the vectors."""
        return int(self.matrix.shape[1])

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def digest(self) -> str:
        """The sha256 of all content in hexadecimal."""
        content = hashlib.sha256(json.dumps([self.kind, self.words]).encode())
        content.update(np.ascontiguousarray(self.matrix).data)
        if self.subwords is not None:
            content.update(json.dumps(_subword_settings(self.subwords)).encode())
            content.update(np.ascontiguousarray(self.subwords.buckets).data)
            content.update(np.ascontiguousarray(self.subwords.matrix).data)
        return content.hexdigest()

    def vectors_for(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vector of each word; compose it from subwords if the table lacks the word.

        Returns:
            float32 (n, width), with zeros for unknown words, and bool (n,), whether the word has a vector.
        """
        rows = np.array([self.index.get(word, -1) for word in words], np.int64)
        vectors = self.matrix[rows]
        known = rows >= 0
        vectors[~known] = 0.0
        missing = np.flatnonzero(~known)
        if self.subwords is not None and len(missing):
            vectors[missing], known[missing] = self.subwords.compose([words[int(row)] for row in missing])
        return vectors, known

    def check_covers(self, vocabulary: Sequence[str]) -> None:
        """Check that some word of a vocabulary has a vector.

        Raises:
            ValueError: none has.
        """
        _, known = self.vectors_for(vocabulary)
        if not known.any():
            raise ValueError(
                f"None of the {len(vocabulary):,} words of the vocabulary ({_some(vocabulary)}) has a vector in "
                f"'{self.kind}', which has {_some(self.words)}. Use lower-case vectors of the same language and "
                "tokenisation."
            )

    def coverage(self, token_counts: Mapping[str, int]) -> pd.DataFrame:
        """Measure how much of a vocabulary and of its running words has a vector.

        Args:
            token_counts: the number of occurrences of each word.

        Returns:
            The rows "in the table", "from subwords" and "unknown"; the columns `words` and `running_words`, and their
            shares `word_share` and `running_share`.
        """
        words = list(token_counts)
        counts = np.array([token_counts[word] for word in words], np.int64)
        _, known = self.vectors_for(words)
        inside = np.array([word in self.index for word in words], bool)
        masks = {"in the table": inside, "from subwords": known & ~inside, "unknown": ~known}
        table = pd.DataFrame(
            {"words": int(mask.sum()), "running_words": int(counts[mask].sum())} for mask in masks.values()
        )
        table.index = pd.Index(masks, name="vector")
        table["word_share"] = table["words"] / max(len(words), 1)
        table["running_share"] = table["running_words"] / max(int(counts.sum()), 1)
        return table

    def nearest(self, word: str, count: int = 10, among: int | None = None) -> pd.DataFrame:
        """Find the words with the highest cosine similarity to a word.

        Args:
            word: a word with a vector, which may be composed from subwords.
            count: the number of words to return.
            among: the number of most frequent words to search, because vectors of rare words are mostly noise; None
                searches all.

        Returns:
            A row per word, the nearest first: `word`, `similarity` (1 for the same direction).

        Raises:
            ValueError: the word has no vector.
        """
        vector, known = self.vectors_for([word])
        if not known[0]:
            raise ValueError(
                f"'{word}' has no vector in '{self.kind}'. It has {len(self.words):,} words: {_some(self.words)}, ..."
            )
        matrix = self.matrix[:among]
        lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
        similarity = np.divide(matrix @ vector[0], lengths, out=np.zeros(len(lengths), np.float32), where=lengths > 0)
        order = [row for row in np.argsort(-similarity, kind="stable")[: count + 1] if self.words[row] != word]
        rows = [{"word": self.words[row], "similarity": float(similarity[row])} for row in order[:count]]
        return pd.DataFrame(rows, columns=["word", "similarity"])

    def save(self, folder: Path) -> None:
        """Write word_vectors.json (kind, words, digest) and the matrices as .npy into a folder."""
        document: dict[str, Any] = {"kind": self.kind, "digest": self.digest, "words": self.words, "subwords": None}
        if self.subwords is not None:
            document["subwords"] = _subword_settings(self.subwords)
            np.save(folder / "subword_buckets.npy", self.subwords.buckets, allow_pickle=False)
            np.save(folder / "subword_matrix.npy", self.subwords.matrix, allow_pickle=False)
        np.save(folder / "matrix.npy", self.matrix, allow_pickle=False)
        (folder / "word_vectors.json").write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "WordVectors":
        """Read the vectors that `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: the content has changed.
        """
        document = json.loads((folder / "word_vectors.json").read_text(encoding="utf-8"))
        settings = document["subwords"]
        subwords = None
        if settings is not None:
            buckets = np.load(folder / "subword_buckets.npy", allow_pickle=False)
            matrix = np.load(folder / "subword_matrix.npy", allow_pickle=False)
            subwords = Subwords(**settings, buckets=buckets, matrix=matrix)
        matrix = np.load(folder / "matrix.npy", allow_pickle=False)
        vectors = cls(document["kind"], tuple(document["words"]), matrix, subwords)
        if vectors.digest != document["digest"]:
            raise ValueError(
                f"{folder} has changed: its digest is {vectors.digest}, not {document['digest']}. Save it again."
            )
        return vectors


def _subword_settings(subwords: Subwords) -> dict[str, int]:
    return {name: getattr(subwords, name) for name in ("shortest", "longest", "bucket_count")}


def _some(words: Sequence[str]) -> str:
    """Quote the first words for a message."""
    return ", ".join(f"'{word}'" for word in words[:5])
