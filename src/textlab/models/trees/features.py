"""The features of trees: numbers that have the same bits in training and in the graph.

A split at a threshold is a jump. If a feature differed by one rounding error, a text could end in another leaf. So
every feature is a whole number, or follows from whole numbers by operations whose result does not depend on the order.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textlab.features.tfidf import TfidfFeatures
from textlab.models.trees.selection import telling_columns

LARGEST_COUNT = 1023  # higher counts of an n-gram in a text are read as this one
VALUE_BITS = 7  # fractional bits of 1 + ln count, and of the idf
COMPONENT_BITS = 20  # fractional bits of a component


class TreeFeatures:
    """Counts of n-grams; or, on request, the projection of tf-idf rows on their principal directions.

    A tree reads nothing but the order of a column's values. Unscaled tf-idf, (1 + ln count) idf, has the order of the
    counts, so the counts give the same trees. The projection (truncated singular value decomposition, also known as
    latent semantic analysis) mixes the columns, so it needs the values.

    Args:
        tfidf: unfitted features, whose blocks count the n-grams.
        maximum: the number of n-grams to keep, by `telling_columns`.
        components: the number of directions; 0 for counts.
    """

    def __init__(self, tfidf: TfidfFeatures, maximum: int = 0, components: int = 0) -> None:
        self.tfidf, self.maximum, self.components = tfidf, maximum, components
        self.directions = np.zeros((0, components), np.int32)  # multiples of 2 ** -COMPONENT_BITS

    def fit_transform(self, texts: Sequence[str], labels: np.ndarray, seed: int) -> Any:
        """Fit to texts and their labels; return the features as `transform` does.

        Raises:
            ValueError: no n-gram occurs in the minimum number of texts, or only one is left for directions.
        """
        counts = self.tfidf.fit_counts(texts)
        kept = telling_columns(counts, labels, self.maximum)
        self.tfidf.restrict(kept)
        counts = counts[:, kept]
        if self.components:
            self.directions = self._fit_directions(counts, seed)
        return self._features(counts)

    def transform(self, texts: Sequence[str]) -> Any:
        """Return float32 (n, columns): a sparse matrix of counts, or a dense array of projections."""
        return self._features(self.tfidf.counts(texts))

    def restrict(self, used: np.ndarray) -> None:
        """Drop the columns that no tree uses.

        A projection keeps its n-grams, because each of them adds to every direction.

        Args:
            used: int (m,), the numbers of the columns to keep, sorted.
        """
        if self.components:
            self.directions = self.directions[:, used]
        else:
            self.tfidf.restrict(used)

    @property
    def names(self) -> list[str]:
        """The columns: n-grams, or "direction 1" and so on."""
        if self.components:
            return [f"direction {number + 1}" for number in range(self.directions.shape[1])]
        return self.tfidf.vocabulary

    @property
    def idf_multiples(self) -> np.ndarray:
        """The idf of each n-gram in multiples of 2 ** -VALUE_BITS, int64 (columns,)."""
        idf = np.concatenate([block.idf for block in self.tfidf.blocks])
        return np.rint(idf.astype(float) * 2**VALUE_BITS).astype(np.int64)

    def _features(self, counts: Any) -> Any:
        if not self.components:
            return counts
        values, lengths = self._values(counts)
        with np.errstate(invalid="ignore"):
            projected = (values @ self.directions.astype(float)) / lengths[:, None] / 2**COMPONENT_BITS
        return np.nan_to_num(projected, nan=0.0).astype(np.float32)

    def _values(self, counts: Any) -> tuple[Any, np.ndarray]:
        """Return (1 + ln count) idf as whole numbers, sparse float64 (n, columns), and the length of each row.

        Every sum of products is a whole number below 2 ** 53, so it is exact in any order.
        """
        from scipy.sparse import csr_matrix

        multiples = count_multiples()[np.minimum(counts.data, LARGEST_COUNT).astype(int)]
        data = (multiples * self.idf_multiples[counts.indices]).astype(float)
        values = csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
        return values, np.sqrt(np.asarray(values.multiply(values).sum(axis=1)).ravel())

    def _fit_directions(self, counts: Any, seed: int) -> np.ndarray:
        """Fit the directions to the tf-idf rows of length one; return multiples of 2 ** -COMPONENT_BITS, int32."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.preprocessing import normalize

        rows = normalize(self._values(counts)[0])
        components = min(self.components, min(rows.shape) - 1)
        if components < 1:
            raise ValueError(
                "Directions need at least two n-grams, and one is left. Raise maximum_features, lower minimum_count, "
                "or set components to 0."
            )
        directions = TruncatedSVD(components, random_state=seed).fit(rows).components_.T
        return np.rint(directions * 2**COMPONENT_BITS).astype(np.int32)

    def save(self, folder: Path) -> None:
        """Write the features into an existing folder."""
        self.tfidf.save(folder)
        np.save(folder / "directions.npy", self.directions, allow_pickle=False)
        document = {"maximum": self.maximum, "components": self.components}
        (folder / "tree_features.json").write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "TreeFeatures":
        """Read the features that `save` wrote."""
        document = json.loads((folder / "tree_features.json").read_text(encoding="utf-8"))
        features = cls(TfidfFeatures.load(folder), document["maximum"], document["components"])
        features.directions = np.load(folder / "directions.npy", allow_pickle=False)
        return features


def count_multiples() -> np.ndarray:
    """Return 1 + ln count in multiples of 2 ** -VALUE_BITS for each count from 0 to `LARGEST_COUNT`, int64."""
    counts = np.arange(LARGEST_COUNT + 1)
    logarithms = 1 + np.log(np.maximum(counts, 1))
    return np.where(counts > 0, np.rint(logarithms * 2**VALUE_BITS), 0).astype(np.int64)
