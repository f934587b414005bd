"""Tf-idf of word and character n-grams over normalised text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.text.normalisation import normalise

BLOCKS = {"word": ("word",), "char": ("char",), "word_char": ("word", "char")}


@dataclass
class Block:
    """One kind of n-gram with its fitted vocabulary and weights.

    Attributes:
        analyser: "word" (n-grams of tokens, joined by a blank) or "char" (n-grams within a token that has a blank
            on either side, scikit-learn's `char_wb`).
        widths: the smallest and the largest n.
        vocabulary: the n-grams, in the order of the columns.
        idf: float32 (columns,), ln((1 + texts) / (1 + texts with the n-gram)) + 1.
    """

    analyser: str
    widths: tuple[int, int]
    vocabulary: list[str] = field(default_factory=list)
    idf: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    def vectorizer(self, minimum_count: int) -> Any:
        """The scikit-learn vectorizer for this block, with the fitted state where there is one."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        settings: dict[str, Any] = {"lowercase": False, "sublinear_tf": True, "dtype": np.float32}
        settings |= {"ngram_range": self.widths}
        if self.analyser == "word":
            settings |= {"tokenizer": str.split, "token_pattern": None}
        else:
            settings |= {"analyzer": "char_wb"}
        if not self.vocabulary:
            return TfidfVectorizer(min_df=minimum_count, **settings)
        vectorizer = TfidfVectorizer(vocabulary=self.vocabulary, **settings)
        vectorizer.idf_ = self.idf
        return vectorizer


class TfidfFeatures:
    """Rows of 1 + ln(count) times idf, each block scaled to length one.

    Args:
        kind: "word" (1-2-grams of tokens), "char" (2-5-grams of characters within tokens) or "word_char" (both).
        minimum_count: an n-gram found in fewer training texts is left out.
    """

    def __init__(self, kind: str = "word_char", minimum_count: int = 2) -> None:
        if kind not in BLOCKS:
            raise ValueError(f"Unknown features '{kind}'. Available: {', '.join(BLOCKS)}.")
        if minimum_count < 1:
            raise ValueError(f"minimum_count is {minimum_count}; it must be at least 1.")
        self.kind = kind
        self.minimum_count = minimum_count
        self.blocks = [Block(name, (1, 2) if name == "word" else (2, 5)) for name in BLOCKS[kind]]

    def fit_transform(self, texts: Sequence[str]) -> Any:
        """Learn vocabulary and idf from `texts`; return their sparse float32 matrix (n, columns).

        Raises:
            ValueError: no n-gram comes `minimum_count` times.
        """
        from scipy.sparse import hstack

        normalised = [normalise(text) for text in texts]
        matrices = []
        for block in self.blocks:
            vectorizer = block.vectorizer(self.minimum_count)
            try:
                matrices.append(vectorizer.fit_transform(normalised))
            except ValueError as error:
                raise ValueError(
                    f"No {block.analyser} n-gram stands in {self.minimum_count} of the {len(normalised)} training "
                    "texts. Give more texts or a smaller minimum_count."
                ) from error
            block.vocabulary = vectorizer.get_feature_names_out().tolist()
            block.idf = vectorizer.idf_.astype(np.float32)
        return hstack(matrices).tocsr()

    def transform(self, texts: Sequence[str]) -> Any:
        """The sparse float32 matrix (n, columns) of `texts` under the fitted vocabulary."""
        from scipy.sparse import hstack

        normalised = [normalise(text) for text in texts]
        return hstack([block.vectorizer(1).transform(normalised) for block in self.blocks]).tocsr()

    def save(self, folder: Path) -> None:
        """Write tfidf.json and one idf_<analyser>.npy a block into `folder`."""
        blocks = [
            {"analyser": block.analyser, "widths": block.widths, "vocabulary": block.vocabulary}
            for block in self.blocks
        ]
        document = {"kind": self.kind, "minimum_count": self.minimum_count, "blocks": blocks}
        (folder / "tfidf.json").write_text(json.dumps(document), encoding="utf-8")
        for block in self.blocks:
            np.save(folder / f"idf_{block.analyser}.npy", block.idf, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> "TfidfFeatures":
        """Read what `save` wrote."""
        document = json.loads((folder / "tfidf.json").read_text(encoding="utf-8"))
        features = cls(document["kind"], document["minimum_count"])
        for block, saved in zip(features.blocks, document["blocks"], strict=True):
            block.vocabulary = saved["vocabulary"]
            block.idf = np.load(folder / f"idf_{block.analyser}.npy", allow_pickle=False)
        return features

    def coverage(self, texts: Sequence[str]) -> pd.DataFrame:
        """How much of `texts` the vocabulary knows: a row a block with its columns and the share of running n-grams."""
        rows = []
        for block in self.blocks:
            analyse = block.vectorizer(1).build_analyzer()
            known = set(block.vocabulary)
            running = [gram in known for text in texts for gram in analyse(normalise(text))]
            share = sum(running) / max(len(running), 1)
            rows.append({"n_grams": block.analyser, "columns": len(known), "known_share": share})
        return pd.DataFrame(rows).set_index("n_grams")
