"""Static vectors of word pieces, distilled from a BERT, and then trained to find a query's documents."""

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Self

import numpy as np
import pandas as pd

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.hyperparameters import Hyperparameter
from textlab.models.in_batch_negatives import Temperature, relevant_pairs
from textlab.models.ranking import PrimaryMetric, validation_queries, vector_measures
from textlab.models.retriever import Retriever
from textlab.models.static_encoder.losses import distance_loss, drawn_pairs, pair_loss
from textlab.models.static_encoder.network import PackedTexts, text_vectors, unit_length
from textlab.models.static_encoder.piece_vectors import principal_components, weighted
from textlab.models.static_encoder.teacher import Teacher, distillation_texts
from textlab.models.static_encoder.training import Stage, VectorTraining
from textlab.models.training_length import BUDGET, BudgetMinutes, TimeBudget, budget_note
from textlab.models.transformer.batches import Tokens, tokenise
from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.tokenizer import read_tokenizer

VECTORS, TOKENIZER = "vectors.npy", "tokenizer.json"


class StaticEncoder(Retriever):
    """A vector per word piece, learnt from a BERT (Tulkens and van Dongen 2024, "Model2Vec"), summed over the text.

    Nothing is left of the BERT at prediction, so tens of thousands of texts are encoded in a second. The order of the
    words does not count.
    """

    def __init__(
        self,
        checkpoint: Annotated[
            str, Hyperparameter("BERT to learn from: minilm, a local folder, a name on the hub, or tiny for tests")
        ] = "minilm",
        dimension: Annotated[
            int, Hyperparameter("length of a vector, by principal components; 0 for the BERT's own", minimum=0)
        ] = 0,
        maximum_length: Annotated[
            int, Hyperparameter("maximum number of word pieces read from a text", minimum=3)
        ] = 512,
        distillation_epochs: Annotated[
            int, Hyperparameter("passes over the texts to learn the BERT's vectors of them; 0 for none", minimum=0)
        ] = 3,
        distillation_rate: Annotated[
            float, Hyperparameter("first learning rate for learning the BERT's vectors, which falls to 0", above=0)
        ] = 0.003,
        epochs: Annotated[
            int, Hyperparameter("passes over the training queries and their documents; 0 for none", minimum=0)
        ] = 4,
        learning_rate: Annotated[
            float, Hyperparameter("first learning rate for learning from queries, which falls to 0", above=0)
        ] = 0.001,
        batch_size: Annotated[
            int, Hyperparameter("queries per training step; their documents are one another's negatives", minimum=2)
        ] = 256,
        temperature: Temperature = 0.05,
        primary_metric: PrimaryMetric = "ndcg_10",
        budget_minutes: BudgetMinutes = 15.0,
    ) -> None:
        pass

    @classmethod
    def tiny(cls) -> Self:
        return cls(checkpoint="tiny", batch_size=8, epochs=3, learning_rate=0.01, distillation_epochs=1)

    def _fit(self, dataset: RetrievalDataset, seed: int) -> pd.DataFrame:
        import torch

        settings = self.resolved
        torch.manual_seed(seed)  # draws the weights of an untrained checkpoint
        documents, queries = dataset.documents["text"].tolist(), validation_queries(dataset)
        texts = [*documents, *dataset.train["text"]]
        checkpoint = open_checkpoint(settings["checkpoint"], texts)
        teacher, self.tokenizer = Teacher(checkpoint), checkpoint.tokenizer
        document_tokens, query_tokens = self._tokens(documents), self._tokens(queries["text"].tolist())

        def measures(vectors: np.ndarray) -> dict[str, float]:
            encoded = text_vectors(vectors, document_tokens), text_vectors(vectors, query_tokens)
            return vector_measures(dataset, queries, *encoded, settings["primary_metric"])

        tokens = self._tokens(texts)
        start, trained = weighted(teacher.word_embeddings(), tokens), np.unique(tokens.numbers)
        projection = principal_components(start, settings["dimension"])
        budget = TimeBudget(settings[BUDGET])
        metric = f"validation_{settings['primary_metric']}"
        training = VectorTraining(start @ projection, trained, measures, metric, seed, budget)
        for stage in self._stages(dataset, teacher, projection, trained):
            training.run(stage)
        self.vectors, self.dimension = training.vectors, projection.shape[1]
        self.training_notes = [budget_note(settings)] if training.ended_by_budget else []
        return training.history

    def _stages(
        self, dataset: RetrievalDataset, teacher: Teacher, projection: np.ndarray, trained: np.ndarray
    ) -> Iterator[Stage]:
        """Yield the stages of training that the settings ask for, each computed when it begins."""
        settings = self.resolved
        queries, documents = dataset.train["text"].tolist(), dataset.documents["text"].tolist()
        if settings["distillation_epochs"]:
            texts = distillation_texts([*documents, *queries])
            targets = unit_length(teacher.text_vectors(texts) @ projection)
            yield Stage(
                name="distance",
                draw=lambda random: random.permutation(len(texts)),
                loss=distance_loss(PackedTexts(self._tokens(texts), trained), targets),
                epochs=settings["distillation_epochs"],
                batch_size=settings["batch_size"],
                learning_rate=settings["distillation_rate"],
            )
        if settings["epochs"]:
            pairs, relevant = relevant_pairs(dataset)
            packed_queries, packed_documents = (
                PackedTexts(self._tokens(texts), trained) for texts in (queries, documents)
            )
            yield Stage(
                name="loss",
                draw=partial(drawn_pairs, pairs),
                loss=pair_loss(packed_queries, packed_documents, pairs, relevant, settings["temperature"]),
                epochs=settings["epochs"],
                batch_size=settings["batch_size"],
                learning_rate=settings["learning_rate"],
            )

    def _tokens(self, texts: Sequence[str]) -> Tokens:
        return tokenise(self.tokenizer, texts, self.resolved["maximum_length"])

    def _encode(self, examples: pd.DataFrame) -> np.ndarray:
        return text_vectors(self.vectors, self._tokens(examples["text"].tolist()))

    def _save(self, folder: Path) -> None:
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.tokenizer.save(str(folder / TOKENIZER))
        np.save(folder / VECTORS, self.vectors, allow_pickle=False)

    def _load(self, folder: Path) -> None:
        self.tokenizer = read_tokenizer(folder)
        self.vectors = np.load(folder / VECTORS, allow_pickle=False)

    def _export(self, folder: Path) -> None:
        from textlab.models.static_encoder.graph import export_vectors

        with tempfile.TemporaryDirectory() as scratch:
            self._save(Path(scratch))
            export_vectors(Path(scratch) / TOKENIZER, self.vectors, self.resolved["maximum_length"], folder)
