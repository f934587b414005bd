"""BERT, pretrained and fine-tuned: a network that reads every word in the context of all others."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from textlab.data import training_texts
from textlab.models.bert.defaults import automatic_values, suited_to_checkpoint
from textlab.models.bert.loss import classification_loss
from textlab.models.bert.pretraining import pretrained
from textlab.models.classifier import Classifier
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.length_buckets import length_buckets
from textlab.models.training_facts import TrainingFacts
from textlab.models.training_length import BudgetMinutes, training_notes
from textlab.models.transformer.batches import Batch, DeviceTokens, Tokens, tokenise
from textlab.models.transformer.checkpoint import Checkpoint, open_checkpoint, open_folder, save_checkpoint
from textlab.models.transformer.compilation import COMPILATION, compiled
from textlab.models.transformer.device import DEVICES, choose_device
from textlab.models.transformer.export import export_in_a_process
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.resume import SavedProgress, content_key
from textlab.models.transformer.training import Training
from textlab.models.validation import ClassWeight, PrimaryMetric, sample_weights, validation_measures

SHORTEST = 3  # [CLS], a word piece and [SEP]
PREDICTION_BATCH = {"cpu": 32, "cuda": 512}


class BERT(Classifier):
    """BERT (Devlin et al. 2019) with a new last layer, fine-tuned as a whole with AdamW.

    The checkpoint's own tokenizer reads the raw texts. Training computes in bfloat16 if the device supports it;
    prediction always computes in float32.

    If `fit` is interrupted, call it again with the same parameters, data and seed: training resumes from the last
    evaluation and gives the numbers that it would have given. The same seed gives the same numbers on the same machine
    with the same number of threads. A GPU uses deterministic operations, which makes it slightly slower.
    """

    step_history: pd.DataFrame  # see `Training.step_history`
    training_seconds: float  # without evaluations

    def __init__(
        self,
        checkpoint: Annotated[
            str,
            Hyperparameter("weights to start from: minilm, a local folder, a name on the hub, or tiny for tests"),
        ] = "minilm",
        maximum_length: Annotated[
            int | Auto,
            Hyperparameter("maximum number of word pieces read, including [CLS] and [SEP]", minimum=SHORTEST),
        ] = AUTO,
        batch_size: Annotated[int | Auto, Hyperparameter("texts per training step", minimum=1)] = AUTO,
        learning_rate: Annotated[float | Auto, Hyperparameter("peak learning rate of AdamW", above=0)] = AUTO,
        layer_decay: Annotated[
            float, Hyperparameter("learning rate of each layer relative to the layer above", above=0, maximum=1)
        ] = 1.0,
        epochs: Annotated[
            int | Auto, Hyperparameter("maximum number of passes over the training texts", minimum=1)
        ] = AUTO,
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
        dropout: Annotated[
            float, Hyperparameter("share of activations and attention dropped in training", minimum=0, below=1)
        ] = 0.1,
        label_smoothing: Annotated[
            float, Hyperparameter("share of each label that is spread over all classes", minimum=0, below=1)
        ] = 0.0,
        r_drop: Annotated[
            float,
            Hyperparameter("weight of R-Drop, which reads each text twice and doubles training time", minimum=0),
        ] = 0.0,
        averaging: Annotated[
            float, Hyperparameter("share of the steps over which weights are averaged; 0 for none", minimum=0, below=1)
        ] = 0.3,
        class_weight: ClassWeight = "balanced",
        pretraining_epochs: Annotated[
            int, Hyperparameter("epochs of masked-word training before fine-tuning; 0 for none", minimum=0)
        ] = 0,
        unlabelled: Annotated[
            str, Hyperparameter("dataset of additional texts for that pretraining; empty for none")
        ] = "",
        pretraining_learning_rate: Annotated[
            float, Hyperparameter("peak learning rate of that pretraining", above=0)
        ] = 1e-4,
        primary_metric: PrimaryMetric = "macro_recall",
        device: Annotated[
            str, Hyperparameter("device to compute on; auto uses an NVIDIA GPU if available", choices=DEVICES)
        ] = "auto",
        compilation: Annotated[
            str, Hyperparameter("compilation of the network on a GPU; auto where it saves time", choices=COMPILATION)
        ] = "auto",
    ) -> None:
        if unlabelled and not pretraining_epochs:
            raise ValueError(
                f"unlabelled is '{unlabelled}', but pretraining_epochs is 0. Set pretraining_epochs to at least 1."
            )

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            checkpoint="tiny",
            maximum_length=128,
            batch_size=8,
            learning_rate=6e-3,
            epochs=12,
            patience=12,
            averaging=0.0,
            device="cpu",
        )

    def _automatic_values(self, facts: TrainingFacts) -> Mapping[str, Any]:
        return automatic_values(facts, self.parameters["batch_size"])

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        import torch

        settings, texts = self.resolved, train["text"].tolist()
        self.device = choose_device(settings["device"])
        checkpoint = self._checkpoint(texts)
        numbers = {name: value for name, value in settings.items() if name != "budget_minutes"}
        data = [[frame["text"].tolist(), frame["label"].tolist()] for frame in (train, validation)]
        key = content_key("textlab.models.bert.model", numbers, seed, self.device.type, checkpoint.digest(), data)
        torch.manual_seed(seed)
        self.tokenizer = checkpoint.tokenizer
        classifier = checkpoint.classifier(self.n_classes, settings["dropout"])
        self.network = EncoderNetwork(classifier.to(self.device), checkpoint.encoder)
        tokens = self._on_device(tokenise(self.tokenizer, texts, settings["maximum_length"]))
        training = Training(
            self.network.model,
            tokens,
            self._loss_of(tokens, train["label"].to_numpy()),
            Recipe(**{field.name: settings[field.name] for field in fields(Recipe)}),
            seed=seed,
            device=self.device,
            evaluate=self._measures_of(validation),
            metric=f"validation_{settings['primary_metric']}",
            budget_minutes=settings["budget_minutes"],
            saved=SavedProgress(key),
        )
        training.run()
        self.step_history, self.training_seconds = training.step_history, training.progress.seconds
        self.earlier_seconds = training.seconds_before
        self.training_notes = training_notes(training.history, validation, settings, training.ended_by)
        return training.history

    def _checkpoint(self, texts: list[str]) -> Checkpoint:
        """Open the checkpoint that fine-tuning starts from, and pretrain it further if `pretraining_epochs` says so."""
        settings = self.resolved
        checkpoint = open_checkpoint(settings["checkpoint"], texts)
        automatic = [name for name, value in self.parameters.items() if value == AUTO]
        settings |= {name: suited_to_checkpoint(name, settings[name], checkpoint.encoder) for name in automatic}
        checkpoint.check_length(settings["maximum_length"])
        if not settings["pretraining_epochs"]:
            return checkpoint
        recipe = Recipe(
            learning_rate=settings["pretraining_learning_rate"],
            batch_size=settings["batch_size"],
            epochs=settings["pretraining_epochs"],
            weight_decay=settings["weight_decay"],
        )
        return pretrained(
            checkpoint,
            texts + training_texts(settings["unlabelled"]),
            recipe,
            maximum_length=settings["maximum_length"],
            device=self.device,
            compilation=settings["compilation"],
        )

    def _on_device(self, tokens: Tokens) -> DeviceTokens:
        return DeviceTokens(tokens, self.network.encoder.padding, self.device)

    def _loss_of(self, tokens: DeviceTokens, labels: np.ndarray) -> Callable[[Batch], Any]:
        settings = self.resolved
        network = compiled(
            self.network,
            self.network.model,
            settings["compilation"],
            self.device,
            steps=settings["epochs"] * len(labels) // settings["batch_size"],
            tokens=settings["epochs"] * int(tokens.lengths.sum()),
        )
        weights = sample_weights(labels, settings["class_weight"])
        options = {name: settings[name] for name in ("label_smoothing", "r_drop")}
        return classification_loss(network, tokens, labels, weights, **options)

    def _measures_of(self, validation: pd.DataFrame) -> Callable[[], dict[str, float]]:
        """Return a function that evaluates the network in its present state on validation."""
        tokens = tokenise(self.tokenizer, validation["text"].tolist(), self.resolved["maximum_length"])
        return lambda: validation_measures(validation, self._probabilities(tokens), self.resolved["primary_metric"])

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        texts = examples["text"].tolist()
        return self._probabilities(tokenise(self.tokenizer, texts, self.resolved["maximum_length"]))

    def _probabilities(self, tokens: Tokens) -> np.ndarray:
        import torch
        from scipy.special import softmax

        self.network.eval()
        sent = self._on_device(tokens)
        logits = np.empty((len(tokens.lengths), self.n_classes), np.float32)
        buckets = length_buckets(tokens.lengths, PREDICTION_BATCH[self.device.type])
        with torch.inference_mode():
            for rows, batch in zip(buckets, sent.batches(buckets), strict=True):
                numbers, mask = sent.gather(batch)
                logits[rows] = self.network(numbers, mask).cpu().numpy()
        return softmax(logits, axis=1)

    def _save(self, folder: Path) -> None:
        save_checkpoint(self.network.model, self.tokenizer, folder)

    def _load(self, folder: Path) -> None:
        from transformers import AutoModelForSequenceClassification

        wanted = self.resolved["device"]
        self.device = choose_device("auto" if wanted == "cuda" else wanted)  # a model from a GPU also runs without
        checkpoint = open_folder(folder)
        self.tokenizer = checkpoint.tokenizer
        classifier = checkpoint.load(AutoModelForSequenceClassification, complete=True)
        self.network = EncoderNetwork(classifier.to(self.device), checkpoint.encoder)

    def _export(self, folder: Path) -> None:
        length = str(self.resolved["maximum_length"])
        export_in_a_process("textlab.models.bert.graph", self._save, folder, "--maximum-length", length)
