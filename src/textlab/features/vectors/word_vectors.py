"""Words as vectors: one table, wherever the vectors come from."""

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
        kind: how they were made, e.g. "glove", or where they were read, e.g. "glove.twitter.27B.25d.txt".
        words: each word once, the most frequent first where that is known.
        matrix: float32 (words, width).
        subwords: vectors of character n-grams, from which words outside the table are composed; None where the
            kind has none.

    Raises:
        ValueError: no word, a word twice, a matrix of another shape, or a value that is not finite.
    """

    kind: str
    words: tuple[str, ...]
    matrix: np.ndarray
    subwords: Subwords | None = None

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError(f"The word vectors '{self.kind}' hold no word.")
        if self.matrix.ndim != 2 or len(self.matrix) != len(self.words) or self.matrix.dtype != np.float32:
            raise ValueError(
                f"{len(self.words)} words need a float32 matrix of as many rows; "
                f"this one is {self.matrix.dtype} {self.matrix.shape}."
            )
        if len(self.index) != len(self.words):
            raise ValueError(f"The word vectors '{self.kind}' hold {len(self.words) - len(self.index)} words twice.")
        if not np.isfinite(self.matrix).all():
            word = self.words[int(np.argmin(np.isfinite(self.matrix).all(axis=1)))]
            raise ValueError(f"The vector of '{word}' in '{self.kind}' holds a value that is not finite.")

    @property
    def width(self) -> int:
        """How many numbers a vector has."""
        return int(self.matrix.shape[1])

    @cached_property
    def index(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def digest(self) -> str:
        """The sha256 of all content, in hexadecimal."""
        content = hashlib.sha256(json.dumps([self.kind, self.words]).encode())
        content.update(np.ascontiguousarray(self.matrix).data)
        if self.subwords is not None:
            content.update(json.dumps(_subword_settings(self.subwords)).encode())
            content.update(np.ascontiguousarray(self.subwords.buckets).data)
            content.update(np.ascontiguousarray(self.subwords.matrix).data)
        return content.hexdigest()

    def vectors_for(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The vector of each word, composed from subwords where the table lacks it and the kind can.

        Returns:
            float32 (n, width), zeros where nothing is known, and bool (n,): whether the word has a vector.
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
        """Raise ValueError where not one word of the vocabulary has a vector."""
        _, known = self.vectors_for(vocabulary)
        if not known.any():
            raise ValueError(
                f"None of the {len(vocabulary):,} words of the vocabulary ({_some(vocabulary)}) has a vector in "
                f"'{self.kind}', which holds {_some(self.words)}. Expected vectors of the same language, in small "
                "letters and by the same tokens."
            )

    def coverage(self, token_counts: Mapping[str, int]) -> pd.DataFrame:
        """How much of a text's vocabulary and of its running words has a vector.

        Args:
            token_counts: how often each word stands in the texts.

        Returns:
            Rows "in the table", "from subwords" and "unknown"; columns `words` and `running_words`, and the share of
            each of all, `word_share` and `running_share`.
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
        """The words of the table nearest to a word by the cosine of the angle.

        Args:
            word: one that has a vector, from subwords too.
            count: how many to give.
            among: only so many of the first words, the most frequent: the vectors of rare ones are mostly chance.

        Returns:
            A row per word, the nearest first: `word`, `similarity` (1 for the same direction).

        Raises:
            ValueError: the word has no vector.
        """
        vector, known = self.vectors_for([word])
        if not known[0]:
            raise ValueError(
                f"'{word}' has no vector in '{self.kind}'. It holds {len(self.words):,}: {_some(self.words)}."
            )
        matrix = self.matrix[:among]
        lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
        similarity = np.divide(matrix @ vector[0], lengths, out=np.zeros(len(lengths), np.float32), where=lengths > 0)
        order = [row for row in np.argsort(-similarity, kind="stable")[: count + 1] if self.words[row] != word]
        rows = [{"word": self.words[row], "similarity": float(similarity[row])} for row in order[:count]]
        return pd.DataFrame(rows, columns=["word", "similarity"])

    def save(self, folder: Path) -> None:
        """Write word_vectors.json (kind, words, digest) and the matrices as .npy into `folder`."""
        document: dict[str, Any] = {"kind": self.kind, "digest": self.digest, "words": self.words, "subwords": None}
        if self.subwords is not None:
            document["subwords"] = _subword_settings(self.subwords)
            np.save(folder / "subword_buckets.npy", self.subwords.buckets, allow_pickle=False)
            np.save(folder / "subword_matrix.npy", self.subwords.matrix, allow_pickle=False)
        np.save(folder / "matrix.npy", self.matrix, allow_pickle=False)
        (folder / "word_vectors.json").write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "WordVectors":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: the content is not what was written.
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
            raise ValueError(f"{folder} has been changed: its digest is {vectors.digest}, not {document['digest']}.")
        return vectors


def _subword_settings(subwords: Subwords) -> dict[str, int]:
    return {name: getattr(subwords, name) for name in ("shortest", "longest", "bucket_count")}


def _some(words: Sequence[str]) -> str:
    """The first words, for a message."""
    return ", ".join(f"'{word}'" for word in words[:5])
