"""BERT, pretrained and fine-tuned: a network that reads every word in the context of all others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import Signature, of_limited_length
from textlab.data import training_texts
from textlab.models.bert.defaults import automatic_values, suited_to_checkpoint, windows_as_long
from textlab.models.bert.loss import classification_loss, logits_of_texts, logits_of_windows
from textlab.models.bert.pretraining import pretrained
from textlab.models.classifier import Classifier
from textlab.models.hyperparameters import AUTO, Auto, Hyperparameter
from textlab.models.length_buckets import length_buckets
from textlab.models.training_facts import TrainingFacts
from textlab.models.training_length import BudgetMinutes, training_notes
from textlab.models.transformer.batches import DeviceTokens
from textlab.models.transformer.checkpoint import Checkpoint, open_checkpoint, open_folder, save_checkpoint
from textlab.models.transformer.compilation import COMPILATION, compiled
from textlab.models.transformer.device import DEVICES, choose_device
from textlab.models.transformer.export import export_in_a_process
from textlab.models.transformer.graph.observed import read_largest, write_largest
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.precision import FLOAT32, INT8, PRECISIONS, Loss, rounded
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.resume import SavedProgress, content_key
from textlab.models.transformer.training import Training
from textlab.models.transformer.window_batches import DeviceWindows
from textlab.models.transformer.windows import Windows, ends_of, read_windows
from textlab.models.validation import ClassWeight, PrimaryMetric, sample_weights, validation_measures

SHORTEST = 3  # [CLS], a word piece and [SEP]
CHARACTERS_PER_PIECE = 8  # English has about 5, blanks included; a longer text is cut all but certainly
PREDICTION_BATCH = {"cpu": 32, "cuda": 512}


class BERT(Classifier):
    """BERT (Devlin et al. 2019) with a new last layer, fine-tuned as a whole with AdamW.

    The checkpoint's own tokenizer reads the raw texts. Training computes in bfloat16 if the device supports it;
    prediction always computes in float32.

    If `fit` is interrupted, call it again with the same parameters, data and seed: training resumes from the last
    evaluation and gives the numbers that it would have given. The same seed gives the same numbers on the same machine
    with the same number of threads. A GPU uses deterministic operations, which makes it slightly slower.
    """

    saved_attributes = (*Classifier.saved_attributes, "rounding")

    rounding: Mapping[str, Any] | None = None  # what the card says of an export in int8
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
        windows: Annotated[
            int | Auto,
            Hyperparameter("maximum number of overlapping windows of that length in a longer text", minimum=1),
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
        precision: Annotated[
            str,
            Hyperparameter(
                "precision of the exported model; int8 is faster, and refused if it costs", choices=PRECISIONS
            ),
        ] = FLOAT32,
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
        return automatic_values(facts, self.parameters["batch_size"], self.parameters["maximum_length"])

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
        windows = self._windows(texts)
        examples = self._on_device(windows)
        training = Training(
            self.network.model,
            examples,
            self._loss_of(examples, windows, train["label"].to_numpy()),
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
        if settings["precision"] == INT8:
            self._round(texts, validation)
        return training.history

    def _round(self, texts: Sequence[str], validation: pd.DataFrame) -> None:
        """Round the model to int8 for its export, unless validation shows that this costs too much."""
        settings, read = self.resolved, validation["text"].tolist()
        rounding = rounded(self._save, texts, read, self._export_options())
        exact, metric = self._probabilities(self._windows(read)), settings["primary_metric"]
        scores = [
            validation_measures(validation, each, metric)[f"validation_{metric}"] for each in (exact, rounding.answers)
        ]
        loss = Loss(metric, scores[0] - scores[1], float(np.abs(exact - rounding.answers).max()))
        if loss.is_too_large:
            settings["precision"] = FLOAT32
            self.training_notes = [*self.training_notes, loss.note()]
            return
        self._largest_inputs = rounding.largest
        self.rounding = loss.card()
        self._apply_rounding()

    def _apply_rounding(self) -> None:
        if self.rounding:
            self.card_facts = {"precision": self.rounding}
            self.parity_tolerance = self.rounding["tolerance"]

    def _checkpoint(self, texts: list[str]) -> Checkpoint:
        """Open the checkpoint that fine-tuning starts from, and pretrain it further if `pretraining_epochs` says so."""
        settings = self.resolved
        checkpoint = open_checkpoint(settings["checkpoint"], texts)
        automatic = [name for name, value in self.parameters.items() if value == AUTO]
        planned = settings["maximum_length"]
        settings |= {name: suited_to_checkpoint(name, settings[name], checkpoint.encoder) for name in automatic}
        if "windows" in automatic:
            settings["windows"] = windows_as_long(settings["windows"], planned, settings["maximum_length"])
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

    def _windows(self, texts: Sequence[str]) -> Windows:
        settings = self.resolved  # a model of an earlier version has no `windows`
        return read_windows(self.tokenizer, texts, settings["maximum_length"], settings.get("windows", 1))

    def _on_device(self, windows: Windows) -> DeviceTokens | DeviceWindows:
        padding = self.network.encoder.padding
        if windows.are_single:
            return DeviceTokens(windows.tokens, padding, self.device)
        return DeviceWindows(windows, padding, self.device)

    def _loss_of(
        self, examples: DeviceTokens | DeviceWindows, windows: Windows, labels: np.ndarray
    ) -> Callable[[Any], Any]:
        settings, network = self.resolved, self.network
        compute = compiled(
            network if windows.are_single else network.states,
            network.model,
            settings["compilation"],
            self.device,
            steps=settings["epochs"] * len(labels) // settings["batch_size"],
            tokens=settings["epochs"] * int(windows.tokens.lengths.sum()),
        )
        if isinstance(examples, DeviceTokens):
            logits: Callable[[Any], Any] = logits_of_texts(compute, examples)
        else:
            logits = logits_of_windows(compute, network.head, examples)
        weights = sample_weights(labels, settings["class_weight"])
        options = {name: settings[name] for name in ("label_smoothing", "r_drop")}
        return classification_loss(logits, self.device, labels, weights, **options)

    def _measures_of(self, validation: pd.DataFrame) -> Callable[[], dict[str, float]]:
        """Return a function that evaluates the network in its present state on validation."""
        windows = self._windows(validation["text"].tolist())
        return lambda: validation_measures(validation, self._probabilities(windows), self.resolved["primary_metric"])

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        return self._probabilities(self._windows(examples["text"].tolist()))

    def _probabilities(self, windows: Windows) -> np.ndarray:
        import torch
        from scipy.special import softmax

        self.network.eval()
        sent = DeviceTokens(windows.tokens, self.network.encoder.padding, self.device)
        states = np.empty((len(sent), self.network.encoder.width), np.float32)
        buckets = length_buckets(windows.tokens.lengths, PREDICTION_BATCH[self.device.type])
        with torch.inference_mode():
            for rows, batch in zip(buckets, sent.batches(buckets), strict=True):
                states[rows] = self.network.states(*sent.gather(batch)).cpu().numpy()
            of_texts = states if windows.are_single else np.maximum.reduceat(states, windows.starts)
            logits = self.network.head(torch.from_numpy(of_texts).to(self.device))
        return softmax(logits.cpu().numpy(), axis=1)

    def signature(self) -> Signature:
        ends, settings = ends_of(self.tokenizer), self.resolved
        longest = ends.layout(settings["maximum_length"], settings.get("windows", 1)).longest
        return of_limited_length(super().signature(), CHARACTERS_PER_PIECE * longest)

    def _truncated(self, examples: pd.DataFrame) -> np.ndarray:
        return self._windows(examples["text"].tolist()).truncated

    def _save(self, folder: Path) -> None:
        save_checkpoint(self.network.model, self.tokenizer, folder)
        if self.rounding:
            write_largest(folder, self._largest_inputs)

    def _load(self, folder: Path) -> None:
        from transformers import AutoModelForSequenceClassification

        wanted = self.resolved["device"]
        self.device = choose_device("auto" if wanted == "cuda" else wanted)  # a model from a GPU also runs without
        checkpoint = open_folder(folder)
        self.tokenizer = checkpoint.tokenizer
        classifier = checkpoint.load(AutoModelForSequenceClassification, complete=True)
        self.network = EncoderNetwork(classifier.to(self.device), checkpoint.encoder)
        if self.rounding:
            self._largest_inputs = read_largest(folder)
            self._apply_rounding()

    def _export(self, folder: Path) -> None:
        precision = ("--precision", INT8) if self.rounding else ()
        export_in_a_process("textlab.models.bert.graph", self._save, folder, *self._export_options(), *precision)

    def _export_options(self) -> tuple[str, ...]:
        length, windows = self.resolved["maximum_length"], self.resolved.get("windows", 1)
        return "--maximum-length", str(length), "--windows", str(windows)
