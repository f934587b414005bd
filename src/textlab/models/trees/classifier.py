"""The part of a classifier that all families of trees share."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import Signature
from textlab.features.tfidf import TfidfFeatures
from textlab.models.classifier import Classifier
from textlab.models.hyperparameters import Auto, Hyperparameter
from textlab.models.trees.ensemble import TreeEnsemble

Components = Annotated[
    int, Hyperparameter("directions of a truncated SVD of tf-idf to split on; 0 for n-grams", minimum=0)
]
MinimumLeaf = Annotated[int | Auto, Hyperparameter("minimum number of training texts in a leaf", minimum=1)]


class TreeClassifier(Classifier):
    """A classifier that answers with an ensemble of trees on n-grams.

    Attributes:
        tfidf: the features that count the n-grams; a family sets them in its constructor.
        ensemble: the fitted trees; a family sets them in `_fit`.
    """

    parity_tolerance = 1e-6  # the features have the same bits in the graph, so that no text ends in another leaf

    tfidf: TfidfFeatures
    ensemble: TreeEnsemble

    def signature(self) -> Signature:
        """Return the signature of the export, which explains trees on n-grams alone."""
        stated = super().signature()
        return stated if self.ensemble.can_explain else replace(stated, explains=None)

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        return self.ensemble.probabilities(examples["text"].tolist())

    def _save(self, folder: Path) -> None:
        self.ensemble.save(folder)

    def _load(self, folder: Path) -> None:
        self.ensemble = TreeEnsemble.load(folder)

    def _export(self, folder: Path) -> None:
        self.ensemble.export(folder, self._answer_in_graph)
