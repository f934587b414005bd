"""A sentence encoder, as it is or fine-tuned: its vectors of a query and of a fitting document are alike."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.models.hyperparameters import Hyperparameter
from textlab.models.in_batch_negatives import Temperature, relevant_pairs
from textlab.models.ranking import PrimaryMetric
from textlab.models.retriever import Retriever
from textlab.models.sentence_encoder.encoding import Encoding
from textlab.models.sentence_encoder.evaluation import ValidationSample
from textlab.models.sentence_encoder.mining import NEGATIVES, hard_negatives, searched_documents
from textlab.models.sentence_encoder.pairs import QueryPairs, contrastive_loss
from textlab.models.training_length import BUDGET, BudgetMinutes, budget_note
from textlab.models.transformer.batches import DeviceTokens, Tokens, tokenise
from textlab.models.transformer.checkpoint import (
    Checkpoint,
    dropout_settings,
    open_checkpoint,
    open_folder,
    save_checkpoint,
)
from textlab.models.transformer.device import DEVICES, choose_device, computes_bfloat16
from textlab.models.transformer.export import export_in_a_process
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.pooling import checkpoint_pooling
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.resume import SavedProgress, content_key
from textlab.models.transformer.training import Training

PAIRS, NONE = "pairs", "none"
SHORTEST = 3  # [CLS], a word piece and [SEP]


class SentenceEncoder(Retriever):
    """A BERT whose pooled hidden states are vectors of texts (Reimers and Gurevych 2019, "Sentence-BERT").

    Training compares each query with the documents of its batch and with mined hard negatives. The vectors of `encode`
    are computed in float32 and agree with the exported graph. Those of `encode_in_bulk` are computed in bfloat16 where
    the device has instructions for it, about twice as fast; their cosine to the exact ones is at least 0.999.

    An interrupted `fit` resumes as BERT's does. The same seed gives the same numbers on the same machine with the same
    number of threads.
    """

    saved_attributes = (*Retriever.saved_attributes, "pooling")

    pooling: str  # "mean" or "first", as the checkpoint says
    step_history: pd.DataFrame  # see `Training.step_history`; no rows without training
    training_seconds: float  # without evaluations

    def __init__(
        self,
        checkpoint: Annotated[
            str,
            Hyperparameter("weights to start from: minilm, a local folder, a name on the hub, or tiny for tests"),
        ] = "minilm",
        training: Annotated[
            str,
            Hyperparameter("pairs learns from the training queries; none takes the checkpoint", choices=(PAIRS, NONE)),
        ] = PAIRS,
        maximum_length: Annotated[
            int, Hyperparameter("maximum number of word pieces read, including [CLS] and [SEP]", minimum=SHORTEST)
        ] = 256,
        training_length: Annotated[
            int,
            Hyperparameter("maximum number of word pieces read of a text in training, which takes longest", minimum=3),
        ] = 128,
        batch_size: Annotated[int, Hyperparameter("queries per training step", minimum=2)] = 64,
        hard_negatives: Annotated[
            int, Hyperparameter("mined negatives for each document of a batch", minimum=0, maximum=NEGATIVES)
        ] = 1,
        learning_rate: Annotated[float, Hyperparameter("peak learning rate of AdamW", above=0)] = 1e-4,
        epochs: Annotated[int, Hyperparameter("maximum number of passes over the training queries", minimum=1)] = 2,
        temperature: Temperature = 0.05,
        patience: Annotated[
            int, Hyperparameter("evaluations without a better score before training cools down and ends", minimum=1)
        ] = 4,
        budget_minutes: BudgetMinutes = 60.0,
        warmup: Annotated[
            float, Hyperparameter("share of training steps in which the learning rate rises", minimum=0, below=1)
        ] = 0.1,
        weight_decay: Annotated[
            float, Hyperparameter("weight decay of AdamW, except for biases and norms", minimum=0)
        ] = 0.01,
        dropout: Annotated[float, Hyperparameter("share of activations dropped in training", minimum=0, below=1)] = 0.1,
        primary_metric: PrimaryMetric = "ndcg_10",
        device: Annotated[
            str, Hyperparameter("device to compute on; auto uses an NVIDIA GPU if available", choices=DEVICES)
        ] = "auto",
    ) -> None:
        pass

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            checkpoint="tiny",
            maximum_length=128,
            batch_size=4,
            learning_rate=6e-3,
            epochs=4,
            device="cpu",
        )

    def _fit(self, dataset: RetrievalDataset, seed: int) -> pd.DataFrame:
        import torch

        settings = self.resolved
        self.device = choose_device(settings["device"])
        checkpoint = open_checkpoint(settings["checkpoint"], [*dataset.documents["text"], *dataset.train["text"]])
        checkpoint.check_length(settings["maximum_length"])
        torch.manual_seed(seed)
        self._use(checkpoint, checkpoint_pooling(checkpoint.folder))
        training = self._training(dataset, checkpoint, seed) if settings["training"] == PAIRS else None
        if training is None:
            self.step_history, self.training_seconds = pd.DataFrame(), 0.0
            return pd.DataFrame({"epoch": [], f"validation_{settings['primary_metric']}": []})
        training.run()
        self.network.eval()
        self._encodings.clear()  # they hold copies of earlier weights
        self.step_history, self.training_seconds = training.step_history, training.progress.seconds
        self.earlier_seconds = training.seconds_before
        self.training_notes = [budget_note(settings)] if training.ended_by == BUDGET else []
        return training.history

    def _use(self, checkpoint: Checkpoint, pooling: str) -> None:
        """Take the weights and the tokenizer of a checkpoint."""
        from transformers import AutoModel

        # Attention has no dropout: without it, long texts are trained faster.
        dropout = dropout_settings(checkpoint.encoder, self.resolved["dropout"], attention=0.0)
        model = checkpoint.load(AutoModel, **dropout).eval()
        self.tokenizer, self.pooling = checkpoint.tokenizer, pooling
        self.network = EncoderNetwork(model.to(self.device), checkpoint.encoder)
        self.dimension = checkpoint.encoder.width
        self._encodings: dict[bool, Encoding] = {}

    def _training(self, dataset: RetrievalDataset, checkpoint: Checkpoint, seed: int) -> Training:
        settings = self.resolved
        pairs, relevant = relevant_pairs(dataset)
        queries, documents = (
            DeviceTokens(
                self._tokens(frame["text"].tolist(), settings["training_length"]),
                self.network.encoder.padding,
                self.device,
            )
            for frame in (dataset.train, dataset.documents)
        )
        mined = self._mined(dataset, relevant, seed)
        sample = ValidationSample(dataset, settings["primary_metric"], settings["temperature"])
        key = content_key(
            "textlab.models.sentence_encoder.model",
            {name: value for name, value in settings.items() if name != BUDGET},
            seed,
            self.device.type,
            checkpoint.digest(),
            dataset.digest,
        )
        return Training(
            self.network.model,
            QueryPairs(pairs, mined, settings["hard_negatives"]),
            contrastive_loss(
                self.network,
                queries,
                documents,
                relevant,
                pooling=self.pooling,
                temperature=settings["temperature"],
            ),
            Recipe(**{field.name: settings[field.name] for field in fields(Recipe) if field.name in settings}),
            seed=seed,
            device=self.device,
            evaluate=lambda: sample.measures(self._encode_for_training),
            metric=f"validation_{settings['primary_metric']}",
            budget_minutes=settings[BUDGET],
            saved=SavedProgress(key),
            title="Sentence encoder",
        )

    def _mined(self, dataset: RetrievalDataset, relevant: Any, seed: int) -> np.ndarray:
        """Return hard negatives of each query under the weights that training starts from; none if it uses none."""
        if not self.resolved["hard_negatives"]:
            return np.full((relevant.shape[0], NEGATIVES), -1, np.int64)
        searched = searched_documents(relevant, seed)
        documents, queries = (
            self._encode_for_training(texts.tolist(), f"Sentence encoder, {name} for hard negatives")
            for name, texts in (
                ("documents", dataset.documents["text"].iloc[searched]),
                ("queries", dataset.train["text"]),
            )
        )
        mined = hard_negatives(queries, documents, relevant[:, searched])
        return np.where(mined < 0, -1, searched[mined])

    def _encode_for_training(self, texts: Sequence[str], title: str = "") -> np.ndarray:
        """Encode texts as training reads them, with the present weights; `title` is that of a progress bar."""
        self._encodings.clear()
        return self._encoding(in_bulk=True).vectors(self._tokens(texts, self.resolved["training_length"]), title)

    def _encode(self, examples: pd.DataFrame) -> np.ndarray:
        return self._encoding(in_bulk=False).vectors(self._tokens(examples["text"].tolist()))

    def _encode_in_bulk(self, examples: pd.DataFrame) -> np.ndarray:
        return self._encoding(in_bulk=True).vectors(self._tokens(examples["text"].tolist()))

    def _encoding(self, in_bulk: bool) -> Encoding:
        bfloat16 = in_bulk and computes_bfloat16(self.device)
        if bfloat16 not in self._encodings:
            self._encodings[bfloat16] = Encoding(self.network, self.pooling, self.device, bfloat16)
        return self._encodings[bfloat16]

    def _tokens(self, texts: Sequence[str], most: int | None = None) -> Tokens:
        length = self.resolved["maximum_length"]
        return tokenise(self.tokenizer, texts, length if most is None else min(most, length))

    def _save(self, folder: Path) -> None:
        save_checkpoint(self.network.model, self.tokenizer, folder)

    def _load(self, folder: Path) -> None:
        wanted = self.resolved["device"]
        self.device = choose_device("auto" if wanted == "cuda" else wanted)  # a model from a GPU also runs without
        self._use(open_folder(folder), self.pooling)

    def _export(self, folder: Path) -> None:
        options = ["--maximum-length", str(self.resolved["maximum_length"]), "--pooling", self.pooling]
        export_in_a_process("textlab.models.sentence_encoder.graph", self._save, folder, *options)
