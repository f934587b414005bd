"""BERT, pretrained and fine-tuned: a network that reads every word in the light of all others."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from textlab.data import training_texts
from textlab.models.bert.batches import Batch, DeviceTokens, Tokens, tokenise
from textlab.models.bert.checkpoint import Checkpoint, open_checkpoint, open_folder, save_checkpoint
from textlab.models.bert.device import DEVICES, choose_device
from textlab.models.bert.loss import classification_loss
from textlab.models.bert.network import COMPILATION, compiled, suit_to_device
from textlab.models.bert.pretraining import pretrained
from textlab.models.bert.recipe import Recipe
from textlab.models.bert.resume import SavedProgress, content_key
from textlab.models.bert.training import Training
from textlab.models.contract import Classifier
from textlab.models.length_buckets import length_buckets
from textlab.models.validation import finite_score

SHORTEST = 3  # [CLS], a word piece and [SEP]
PREDICTION_BATCH = {"cpu": 32, "cuda": 512}


class BERT(Classifier):
    """BERT (Devlin et al. 2019) with a new last layer, fine-tuned as a whole by AdamW.

    Texts are read raw, by the checkpoint's own tokenizer. Training computes in bfloat16 where the device has it,
    prediction in float32. An interrupted `fit` called again with the same parameters, data and seed goes on from its
    last evaluation and gives the numbers it would have given. The same seed gives the same numbers on the same
    machine with as many threads; a GPU is told to use deterministic operations, which costs it a little speed.

    Args:
        checkpoint: what training begins with: "minilm", which comes with a package; a local folder; a name on the
            Hugging Face hub; or "tiny", an untrained one for tests.
        maximum_length: further word pieces of a text are not read; [CLS] and [SEP] count.
        batch_size, learning_rate: of AdamW, the latter at its peak.
        layer_decay: each layer's learning rate is that of the one above it times this.
        epochs: passes over the training texts, at most.
        patience: evaluations (two an epoch) without a better score before training stops; the best weights are kept.
        warmup: share of all steps in which the learning rate rises, before it falls to 0.
        weight_decay: of all weights but biases and norms.
        dropout: share of hidden numbers and of attention that is left out while training.
        label_smoothing: share of each label that is spread over all classes.
        r_drop: how much it costs that two passes with dropout of their own differ (R-Drop); 0 for one pass, which takes
            half as long.
        averaging: share of all steps over which weights are averaged (exponentially); 0 for none.
        class_weight: "balanced" weighs each class by the inverse of its share; "none" does not.
        pretraining_epochs: passes of masked-word training over the training texts and `unlabelled` before; 0 for none.
        unlabelled: a dataset whose training texts that pretraining also sees, without their labels; "" for none.
        pretraining_learning_rate: of that pretraining.
        primary_metric: what "better on validation" means, one of `DECISIVE_METRICS`.
        device: "cpu", "cuda" (an NVIDIA GPU), or "auto" for a GPU where there is one.
        compilation: of the network on a GPU: "auto" where it pays, "always" or "never".
    """

    step_history: pd.DataFrame  # what `Training.step_history` gives
    training_seconds: float  # evaluations left out

    def __init__(
        self,
        checkpoint: str = "minilm",
        maximum_length: int = 128,
        batch_size: int = 32,
        learning_rate: float = 1e-4,
        layer_decay: float = 1.0,
        epochs: int = 2,
        patience: int = 2,
        warmup: float = 0.1,
        weight_decay: float = 0.01,
        dropout: float = 0.1,
        label_smoothing: float = 0.0,
        r_drop: float = 0.0,
        averaging: float = 0.3,
        class_weight: str = "balanced",
        pretraining_epochs: int = 0,
        unlabelled: str = "",
        pretraining_learning_rate: float = 1e-4,
        primary_metric: str = "macro_recall",
        device: str = "auto",
        compilation: str = "auto",
    ) -> None:
        if maximum_length < SHORTEST:
            raise ValueError(
                f"maximum_length is {maximum_length}; it must be at least {SHORTEST}: [CLS], a word piece and [SEP]."
            )
        for name, number in {"batch_size": batch_size, "epochs": epochs, "patience": patience}.items():
            if number < 1:
                raise ValueError(f"{name} is {number}; it must be at least 1.")
        rates = {"learning_rate": learning_rate, "pretraining_learning_rate": pretraining_learning_rate}
        for name, rate in rates.items():
            if not rate > 0:
                raise ValueError(f"{name} is {rate}; it must be positive.")
        shares = {"warmup": warmup, "dropout": dropout, "label_smoothing": label_smoothing, "averaging": averaging}
        for name, share in shares.items():
            if not 0 <= share < 1:
                raise ValueError(f"{name} is {share}; it must be at least 0 and below 1.")
        if not 0 < layer_decay <= 1:
            raise ValueError(f"layer_decay is {layer_decay}; it must be above 0 and at most 1.")
        amounts = {"weight_decay": weight_decay, "r_drop": r_drop, "pretraining_epochs": pretraining_epochs}
        for name, amount in amounts.items():
            if amount < 0:
                raise ValueError(f"{name} is {amount}; it must not be negative.")
        if unlabelled and not pretraining_epochs:
            raise ValueError(f"unlabelled is '{unlabelled}', but pretraining_epochs is 0: give it at least 1.")
        choices = {"class_weight": (class_weight, ("balanced", "none")), "device": (device, DEVICES)}
        choices["compilation"] = (compilation, COMPILATION)
        for name, (choice, available) in choices.items():
            if choice not in available:
                raise ValueError(f"Unknown {name} '{choice}'. Available: {', '.join(available)}.")

    @classmethod
    def tiny(cls) -> Self:
        return cls(
            checkpoint="tiny", batch_size=8, learning_rate=6e-3, epochs=12, patience=12, averaging=0.0, device="cpu"
        )

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        import torch

        settings, texts = self.parameters, train["text"].tolist()
        self.device = choose_device(settings["device"])
        checkpoint = self._checkpoint(texts)
        data = [[frame["text"].tolist(), frame["label"].tolist()] for frame in (train, validation)]
        key = content_key("model", settings, seed, self.device.type, checkpoint.digest(), data)
        torch.manual_seed(seed)
        self.tokenizer = checkpoint.tokenizer
        self.network = suit_to_device(checkpoint.classifier(self.n_classes, settings["dropout"]), self.device)
        tokens = self._on_device(tokenise(self.tokenizer, texts, settings["maximum_length"]))
        names = ("learning_rate", "batch_size", "epochs", "layer_decay", "weight_decay", "warmup", "patience")
        training = Training(
            self.network,
            tokens,
            self._loss_of(tokens, train["label"].to_numpy()),
            Recipe(averaging=settings["averaging"], **{name: settings[name] for name in names}),
            seed=seed,
            device=self.device,
            evaluate=self._measures_of(validation),
            metric=f"validation_{settings['primary_metric']}",
            saved=SavedProgress(key),
        )
        training.run()
        self.step_history, self.training_seconds = training.step_history, training.progress.seconds
        self.earlier_seconds = training.seconds_before
        return training.history

    def _checkpoint(self, texts: list[str]) -> Checkpoint:
        """What fine-tuning begins with: the checkpoint that was named, pretrained further where that is asked for."""
        settings = self.parameters
        checkpoint = open_checkpoint(settings["checkpoint"], texts)
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
        return DeviceTokens(tokens, self.network.config.pad_token_id, self.device)

    def _loss_of(self, tokens: DeviceTokens, labels: np.ndarray) -> Callable[[Batch], Any]:
        settings = self.parameters
        network = compiled(
            self.network,
            settings["compilation"],
            self.device,
            steps=settings["epochs"] * len(labels) // settings["batch_size"],
            tokens=settings["epochs"] * int(tokens.lengths.sum()),
        )
        options = {name: settings[name] for name in ("label_smoothing", "r_drop")}
        return classification_loss(network, tokens, labels, self.weights_of(labels), **options)

    def weights_of(self, labels: np.ndarray) -> np.ndarray:
        """The weight of each training text: float32 (n,), one on average."""
        from sklearn.utils.class_weight import compute_sample_weight

        chosen = "balanced" if self.parameters["class_weight"] == "balanced" else None
        return compute_sample_weight(chosen, labels).astype(np.float32)

    def _measures_of(self, validation: pd.DataFrame) -> Callable[[], dict[str, float]]:
        """What the history says of the validation texts, measured anew with each call."""
        from sklearn.metrics import log_loss

        from textlab.evaluation.classification.metrics import classification_metrics
        from textlab.evaluation.classification.predictions import predictions_frame

        metric = self.parameters["primary_metric"]
        names = [str(label) for label in range(self.n_classes)]
        tokens = tokenise(self.tokenizer, validation["text"].tolist(), self.parameters["maximum_length"])

        def measures() -> dict[str, float]:
            probabilities = self._probabilities(tokens)
            metrics = classification_metrics(predictions_frame(validation, probabilities, names))
            loss = float(log_loss(validation["label"], probabilities, labels=range(self.n_classes)))
            return {"validation_loss": loss, f"validation_{metric}": finite_score(metrics, metric)}

        return measures

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        texts = examples["text"].tolist()
        return self._probabilities(tokenise(self.tokenizer, texts, self.parameters["maximum_length"]))

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
                logits[rows] = self.network(input_ids=numbers, attention_mask=mask).logits.cpu().numpy()
        return softmax(logits, axis=1)

    def _save(self, folder: Path) -> None:
        save_checkpoint(self.network, self.tokenizer, folder)

    def _load(self, folder: Path) -> None:
        from transformers import BertForSequenceClassification

        wanted = self.parameters["device"]
        self.device = choose_device("auto" if wanted == "cuda" else wanted)  # trained on a GPU, used without
        checkpoint = open_folder(folder)
        self.tokenizer = checkpoint.tokenizer
        self.network = suit_to_device(checkpoint.load(BertForSequenceClassification, may_lack=()), self.device)

    def _export(self, folder: Path) -> None:
        """Write the SavedModel in a process of its own: TensorFlow and torch do not share one well."""
        with tempfile.TemporaryDirectory() as scratch:
            self._save(Path(scratch))
            options = ["--maximum-length", str(self.parameters["maximum_length"])]
            written = subprocess.run(
                [sys.executable, "-m", "textlab.models.bert.graph", scratch, str(folder.absolute()), *options],
                capture_output=True,
                text=True,
                env=os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"},
                check=False,
            )
        if written.returncode:
            said = written.stderr.strip()
            reason = said.splitlines()[-1] if said else f"exit code {written.returncode}"
            raise RuntimeError(f"The export of this BERT to TensorFlow failed: {reason}\n{said}")
