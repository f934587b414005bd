"""Tf-idf of a text's n-grams as a block of features."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textlab.features.tfidf import TfidfFeatures
from textlab.models.feature_blocks.block import FeatureBlock


class Words(FeatureBlock):
    """Sparse rows of `TfidfFeatures` on word and character n-grams.

    Args:
        minimum_count: the minimum number of training texts that contain an n-gram.
        most_columns: the limit of the columns; more n-grams raise the minimum.
    """

    name, input = "words", "text"

    def __init__(self, minimum_count: int = 1, most_columns: int | None = None) -> None:
        self.features, self._most_columns = TfidfFeatures("word_char", minimum_count), most_columns

    def fit_transform(self, values: Sequence[str]) -> Any:
        return self.features.fit_transform(values, self._most_columns)

    def transform(self, values: Sequence[str]) -> Any:
        return self.features.transform(values)

    def save(self, folder: Path) -> None:
        self.features.save(folder)

    def load(self, folder: Path) -> None:
        self.features = TfidfFeatures.load(folder)

    def in_graph(self, weights: np.ndarray, scratch: Path) -> tuple[Callable[[Any], Any], Any]:
        from textlab.features.tfidf_graph import LinearGraph

        graph = LinearGraph(self.features, weights, scratch)
        return graph, graph.tracked
