"""A fitted ensemble of trees: what it predicts, how it is saved, and how it is exported."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.models.trees.features import TreeFeatures
from textlab.models.trees.nodes import Nodes


@dataclass
class TreeEnsemble:
    """Features, and the trees that read them.

    Attributes:
        features: fitted features.
        nodes: the trees; their columns are those of `features`.
        n_classes: k.
        votes: whether the probabilities are the mean over the trees, as in a forest; otherwise they are the softmax of
            the sums, as in boosting.
    """

    features: TreeFeatures
    nodes: Nodes
    n_classes: int
    votes: bool

    def restrict(self) -> None:
        """Drop the columns that no tree uses, so that nothing computes them."""
        used = self.nodes.used_columns()
        self.nodes.renumber(used)
        self.features.restrict(used)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Return float64 (n, k)."""
        return self.combined(self.nodes.sums(self.features.transform(texts), self.n_classes))

    def combined(self, sums: np.ndarray) -> np.ndarray:
        """Turn the sums of the leaves, float64 (n, k), into probabilities."""
        from scipy.special import softmax

        return sums / len(self.nodes.roots) if self.votes else softmax(sums, axis=1)

    @property
    def can_explain(self) -> bool:
        """Whether paths can be explained by n-grams: not if a node compares a direction, which mixes all of them."""
        return not self.features.components and len(self.nodes.cover) > 0

    def usage(self) -> pd.Series:
        """Return how many nodes compare each feature, by the feature's name, the most used first."""
        counts = np.bincount(self.nodes.feature[~self.nodes.is_leaf], minlength=len(self.features.names))
        return pd.Series(counts, index=self.features.names, name="nodes").sort_values(ascending=False, kind="stable")

    def save(self, folder: Path) -> None:
        """Write the ensemble into an existing folder, without pickle."""
        self.features.save(folder)
        self.nodes.save(folder / "nodes.npz")
        document = {"n_classes": self.n_classes, "votes": self.votes}
        (folder / "trees.json").write_text(json.dumps(document), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "TreeEnsemble":
        """Read the ensemble that `save` wrote."""
        document = json.loads((folder / "trees.json").read_text(encoding="utf-8"))
        return cls(TreeFeatures.load(folder), Nodes.load(folder / "nodes.npz"), **document)

    def export(self, folder: Path, answer: Callable[[Any], dict[str, Any]]) -> None:
        """Write a SavedModel whose signature takes `text`; `answer` turns probabilities into what it returns."""
        import tensorflow as tf

        from textlab.models.explaining.signature import contrast
        from textlab.models.trees.graph import export_trees

        def answered(sums: Any) -> dict[str, Any]:
            return answer(sums / len(self.nodes.roots) if self.votes else tf.nn.softmax(sums))

        def weights_of(target: Any) -> Any:
            if self.votes:
                return tf.one_hot(target, self.n_classes) / len(self.nodes.roots)
            return contrast(target, self.n_classes, independent=False)

        explained = weights_of if self.can_explain else None
        export_trees(self.features, self.nodes, self.n_classes, answered, folder, explained)
