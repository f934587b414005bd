"""A hybrid: documents ranked by vectors and by terms, and the two rankings fused."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Self, cast

import numpy as np
import pandas as pd

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.discovery import family
from textlab.models.exported_encoder import ExportedEncoder
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.ranking import DEPTH, PrimaryMetric, ranked, ranking_measures
from textlab.models.retriever import Retriever
from textlab.models.term_settings import K1, B, Stemmer, TermSettings, TermTrials
from textlab.search.fields import FieldKind
from textlab.search.index import FUSED
from textlab.search.ranking import fused
from textlab.search.settings import IndexSettings

ENCODERS = ("static_encoder", "sentence_encoder")
# What "auto" tries. Of equals the first wins, so an even fusion comes first. The ends are the two rankings alone: the
# hybrid that validation chooses is never worse there than the better of both.
TERM_WEIGHTS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9, 0.05, 0.0, 1.0)
FUSION_CONSTANTS = (60, 10)


class Hybrid(Retriever):
    """Reciprocal rank fusion (Cormack et al. 2009) of an encoder's ranking and BM25's, weighted.

    A document scores (1 - w) / (c + its rank by vectors) + w / (c + its rank by terms). The encoder is one that another
    run has trained, or is trained here.
    """

    uses_terms = True

    encoder: ExportedEncoder
    encoder_history: pd.DataFrame  # history of the encoder's training, if it was trained here

    def __init__(
        self,
        encoder: Annotated[
            str, Hyperparameter("family of the encoder, unless a run is named", choices=ENCODERS)
        ] = "static_encoder",
        encoder_settings: Annotated[
            dict[str, Any], Hyperparameter("hyperparameters of the encoder, unless a run is named")
        ] = {},  # noqa: B006  nobody changes it
        encoder_run: Annotated[
            str, Hyperparameter("MLflow run or bundle whose encoder is used; empty to train one")
        ] = "",
        term_weight: Annotated[
            float | Auto, Hyperparameter("share of the terms in the fused score", minimum=0, maximum=1)
        ] = AUTO,
        fusion_constant: Annotated[
            int | Auto, Hyperparameter("constant of the fusion; less counts the first ranks more", minimum=1)
        ] = AUTO,
        k1: K1 = AUTO,
        b: B = AUTO,
        stemmer: Stemmer = AUTO,
        primary_metric: PrimaryMetric = "ndcg_10",
    ) -> None:
        family(encoder)(**encoder_settings)  # checks the settings before anything starts
        self._given: ExportedEncoder | None = None

    @classmethod
    def tiny(cls) -> Self:
        settings = family("static_encoder").tiny().parameters
        return cls(encoder_settings=settings, k1=1.2, b=0.75, stemmer="english")

    def use_encoder(self, bundle: Path) -> None:
        """Let `fit` use the encoder in a bundle, in place of training one.

        Raises:
            BundleError: the folder is no finished bundle of an encoder.
        """
        self._given = ExportedEncoder.of_bundle(bundle)

    def index_settings(self, fields: Mapping[str, FieldKind]) -> IndexSettings:
        self._check_fitted()
        fusion = {name: self.resolved[name] for name in ("fusion_constant", "term_weight")}
        return TermSettings.chosen(self.resolved).index_settings(self.dimension, **fusion, fields=fields)

    def _fit(self, dataset: RetrievalDataset, seed: int) -> pd.DataFrame:
        self.encoder = self._given or self._trained(dataset, seed)
        self.dimension = self.encoder.dimension
        trials = TermTrials(dataset, self.resolved["primary_metric"])
        terms, _ = trials.choose(self.resolved)
        self.resolved |= vars(terms)
        by_terms = trials.rankings([terms], FUSED)[terms]
        documents, queries = (frame["text"].tolist() for frame in (dataset.documents, trials.queries))
        by_vectors = list(ranked(self.encoder.encode(documents), self.encoder.encode(queries), FUSED))
        return self._choose_fusion(dataset, trials.queries, by_vectors, by_terms)

    def _trained(self, dataset: RetrievalDataset, seed: int) -> ExportedEncoder:
        """Train an encoder, and return its export.

        Raises:
            ValueError: a run is named, and `use_encoder` was not called.
        """
        if run := self.parameters["encoder_run"]:
            raise ValueError(f"The encoder of run '{run}' was not loaded. Call use_encoder with its bundle first.")
        model = cast(Retriever, family(self.parameters["encoder"])(**self.parameters["encoder_settings"]))
        self.encoder_history = model.fit(dataset, seed)
        self.training_notes = model.training_notes
        return ExportedEncoder.of_model(model)

    def _choose_fusion(
        self,
        dataset: RetrievalDataset,
        queries: pd.DataFrame,
        by_vectors: Sequence[np.ndarray],
        by_terms: Sequence[np.ndarray],
    ) -> pd.DataFrame:
        """Set the weight and the constant with the best score; return a row per setting."""
        metric, ids = self.resolved["primary_metric"], dataset.documents["id"].to_numpy(object)
        tried = {
            name: values if self.parameters[name] == AUTO else (self.parameters[name],)
            for name, values in (("fusion_constant", FUSION_CONSTANTS), ("term_weight", TERM_WEIGHTS))
        }
        rows, best = [], float("-inf")
        for constant, weight in product(*tried.values()):
            found = [
                ids[fused(*pair, DEPTH, constant, weight)[0]].tolist()
                for pair in zip(by_vectors, by_terms, strict=True)
            ]
            measures = ranking_measures(dataset, queries, found, metric)
            rows.append({"setting": f"terms {weight:g}, constant {constant}", **measures})
            if measures[f"validation_{metric}"] > best:
                best = measures[f"validation_{metric}"]
                self.resolved |= {"fusion_constant": constant, "term_weight": weight}
        return pd.DataFrame(rows)

    def _encode(self, examples: pd.DataFrame) -> np.ndarray:
        return self.encoder.encode(examples["text"].tolist())

    def _save(self, folder: Path) -> None:
        self.encoder.copy_to(folder / "encoder")

    def _load(self, folder: Path) -> None:
        self.encoder = ExportedEncoder.of_folder(folder / "encoder", self.dimension)

    def _export(self, folder: Path) -> None:
        self.encoder.copy_to(folder)
