"""BM25: documents ranked by the words that they share with the query, and nothing learnt but three settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pandas as pd

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.hyperparameters import AUTO
from textlab.models.ranking import PrimaryMetric
from textlab.models.retriever import Retriever
from textlab.models.term_settings import K1, B, Stemmer, TermSettings, TermTrials
from textlab.search.fields import FieldKind
from textlab.search.settings import IndexSettings


class BM25(Retriever):
    """BM25 (Robertson and Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond"), as Lucene has it.

    The index holds all of the model: there are no vectors, and no graph is exported.
    """

    uses_terms = True
    uses_seed = False

    def __init__(
        self,
        k1: K1 = AUTO,
        b: B = AUTO,
        stemmer: Stemmer = AUTO,
        primary_metric: PrimaryMetric = "ndcg_10",
    ) -> None:
        pass

    @classmethod
    def tiny(cls) -> Self:
        return cls(k1=1.2, b=0.75)

    def index_settings(self, fields: Mapping[str, FieldKind]) -> IndexSettings:
        self._check_fitted()
        return TermSettings.chosen(self.resolved).index_settings(fields=fields)

    def _fit(self, dataset: RetrievalDataset, seed: int) -> pd.DataFrame:
        chosen, history = TermTrials(dataset, self.resolved["primary_metric"]).choose(self.resolved)
        self.resolved |= vars(chosen)
        return history

    def _save(self, folder: Path) -> None:
        """Write nothing: model.json holds the settings."""

    def _load(self, folder: Path) -> None:
        """Read nothing: model.json holds the settings."""

    def _export(self, folder: Path) -> None:
        raise ValueError("BM25 has no vectors, and so no graph to export. Its index is all of it.")
