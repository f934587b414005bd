"""The settings of a ranking by terms, chosen on validation: k1 and b of BM25, and the stemmer."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.ranking import DEPTH, ranking_measures, validation_queries
from textlab.search.settings import IndexSettings
from textlab.search.terms import TermRanking, TermsWriter

NO_STEMMER = "none"
LANGUAGES = (
    "arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hungarian", "italian",
    "norwegian", "portuguese", "romanian", "russian", "spanish", "swedish", "turkish",
)  # fmt: skip

K1 = Annotated[float | Auto, Hyperparameter("k1 of BM25: how much a repeated term adds", minimum=0)]
B = Annotated[float | Auto, Hyperparameter("b of BM25: how much a document's length counts", minimum=0, maximum=1)]
Stemmer = Annotated[
    str | Auto, Hyperparameter("language of the Snowball stemmer, or none", choices=(*LANGUAGES, NO_STEMMER))
]


@dataclass(frozen=True)
class TermSettings:
    """The settings of a ranking by terms.

    Attributes:
        stemmer: a language, or "none".
        k1, b: the constants of BM25.
    """

    stemmer: str = "english"
    k1: float = 1.2
    b: float = 0.75

    @classmethod
    def chosen(cls, values: Mapping[str, Any]) -> Self:
        """Take the settings from resolved hyperparameters; others are ignored."""
        return cls(**{name: values[name] for name in TRIED})

    def __str__(self) -> str:
        return f"{self.stemmer}, k1 {self.k1:g}, b {self.b:g}"

    def index_settings(self, dimension: int = 0, **others: Any) -> IndexSettings:
        """Return the settings of an index with these terms, and with vectors if `dimension` is above 0."""
        stemmer = "" if self.stemmer == NO_STEMMER else self.stemmer
        return IndexSettings(dimension=dimension, terms=True, stemmer=stemmer, k1=self.k1, b=self.b, **others)


# What "auto" tries: the stemmer first, with the other settings at their usual values, and then all pairs of k1 and b.
TRIED: Mapping[str, tuple[Any, ...]] = {
    "stemmer": ("english", NO_STEMMER),
    "k1": (0.6, 1.2, 1.8, 3.0),
    "b": (0.25, 0.5, 0.75),
}


class TermTrials:
    """Ranks documents for validation queries with one setting after the other.

    Args:
        dataset: the documents and the validation queries.
        metric: the metric that decides.

    Attributes:
        queries: the validation queries that are ranked.
    """

    def __init__(self, dataset: RetrievalDataset, metric: str) -> None:
        self._dataset, self._metric = dataset, metric
        self.queries = validation_queries(dataset)

    def choose(self, wanted: Mapping[str, Any]) -> tuple[TermSettings, pd.DataFrame]:
        """Choose each setting that is "auto".

        Args:
            wanted: hyperparameters with stemmer, k1 and b, each a value or "auto"; others are ignored.

        Returns:
            The settings with the best score, and a row per setting that was tried: `setting` and its measures.
        """
        given = {name: wanted[name] for name in TRIED if wanted[name] != AUTO}
        first = TermSettings(**given)
        measured: dict[TermSettings, dict[str, float]] = {}
        stemmers = [given["stemmer"]] if "stemmer" in given else TRIED["stemmer"]
        best = self._best([replace(first, stemmer=stemmer) for stemmer in stemmers], measured)
        values = [[given[name]] if name in given else TRIED[name] for name in ("k1", "b")]
        pairs = [replace(best, k1=k1, b=b) for k1, b in product(*values)]
        best = self._best([best, *pairs], measured)
        return best, pd.DataFrame([{"setting": str(each), **measures} for each, measures in measured.items()])

    def _best(self, tried: list[TermSettings], measured: dict[TermSettings, dict[str, float]]) -> TermSettings:
        """Return the best of the settings, the first of equals; add the measures of new ones to `measured`."""
        new = [each for each in tried if each not in measured]
        ids = self._dataset.documents["id"].to_numpy(object)
        for each, positions in self.rankings(new).items():
            found = [ids[ranking].tolist() for ranking in positions]
            measured[each] = ranking_measures(self._dataset, self.queries, found, self._metric)
        return max(tried, key=lambda each: measured[each][f"validation_{self._metric}"])

    def rankings(self, tried: list[TermSettings], depth: int = DEPTH) -> dict[TermSettings, list[np.ndarray]]:
        """Return the positions found for each query with each of the settings."""
        found = {}
        with tempfile.TemporaryDirectory() as scratch:
            for stemmer in dict.fromkeys(each.stemmer for each in tried):
                folder = self._write_terms(TermSettings(stemmer), Path(scratch) / stemmer)
                for each in tried:
                    if each.stemmer == stemmer:
                        ranking = TermRanking(folder, each.index_settings())
                        found[each] = [ranking.best(text, depth, None)[0] for text in self.queries["text"]]
        return found

    def _write_terms(self, settings: TermSettings, folder: Path) -> Path:
        writer = TermsWriter(settings.index_settings())
        for position, text in enumerate(self._dataset.documents["text"]):
            writer.add(position, text)
        writer.write(folder, None, np.empty(0, np.int32))
        return folder
