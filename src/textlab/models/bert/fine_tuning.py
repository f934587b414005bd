"""Fine-tuning of an encoder on classes: the training, the answers, and the files of the trained model."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import LOG_ODDS, Signature, of_limited_length
from textlab.models.bert.balanced_batches import BalancedBatches
from textlab.models.bert.contrastive import ClassBatches, last_layer
from textlab.models.bert.defaults import suited_to_checkpoint, windows_as_long
from textlab.models.bert.loss import training_loss
from textlab.models.bert.pretraining import pretrained_if_wanted
from textlab.models.bert.reading import TextReader
from textlab.models.classifier import Classifier
from textlab.models.hyperparameters import AUTO
from textlab.models.imbalance import SAMPLED, check_several_labels
from textlab.models.multilabel import MULTILABEL, training_targets
from textlab.models.training_length import BUDGET, training_notes
from textlab.models.transformer.batches import DeviceTokens
from textlab.models.transformer.checkpoint import Checkpoint, open_checkpoint, open_folder, save_checkpoint
from textlab.models.transformer.description import MEAN
from textlab.models.transformer.device import choose_device
from textlab.models.transformer.export import export_in_a_process
from textlab.models.transformer.graph.observed import read_largest, write_largest
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.precision import FLOAT32, INT8, loss_of, rounded
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.resume import SavedProgress, content_key
from textlab.models.transformer.training import Training
from textlab.models.transformer.window_batches import DeviceWindows
from textlab.models.transformer.windows import Windows
from textlab.models.validation import validation_measures

CHARACTERS_PER_PIECE = 8  # English has about 5, blanks included; a longer text is cut all but certainly


class FineTunedEncoder(Classifier):
    """An encoder with a head that is trained as a whole; a subclass states the hyperparameters, which are BERT's.

    Attributes:
        rounding: what the card says of an export in int8; None for an export in float32.
        step_history: see `Training.step_history`.
        training_seconds: the seconds of training without evaluations.
    """

    tasks: ClassVar[tuple[str, ...]] = ("classification", MULTILABEL)
    saved_attributes: ClassVar[tuple[str, ...]] = (*Classifier.saved_attributes, "rounding")

    explains = LOG_ODDS
    rounding: Mapping[str, Any] | None = None
    step_history: pd.DataFrame
    training_seconds: float

    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        import torch

        settings, texts = self.resolved, train["text"].tolist()
        self._set_rounding(None)
        self.device = choose_device(settings["device"])
        is_contrastive = settings["contrastive"] > 0
        if self.task == MULTILABEL:
            check_several_labels(settings)
        checkpoint = self._checkpoint(texts).with_head(MEAN if is_contrastive else settings["head"])
        numbers = {name: value for name, value in settings.items() if name != BUDGET}
        target = "labels" if self.task == MULTILABEL else "label"
        data = [[frame["text"].tolist(), frame[target].tolist()] for frame in (train, validation)]
        key = content_key("textlab.models.bert.model", numbers, seed, self.device.type, checkpoint.digest(), data)
        torch.manual_seed(seed)
        self.tokenizer = checkpoint.tokenizer
        classifier = checkpoint.classifier(self.n_classes, settings["dropout"])
        self.network = EncoderNetwork(classifier.to(self.device), checkpoint.encoder)
        windows, targets = self.reader.windows(texts), training_targets(train)
        examples = self.reader.on_device(windows)
        passes = "contrastive" if is_contrastive else "epochs"
        recipe = Recipe(**{field.name: settings[field.name] for field in fields(Recipe)})
        training = Training(
            self.network.model,
            self._batches(examples, targets),
            self._loss_of(examples, windows, targets),
            replace(recipe, epochs=settings[passes]),
            seed=seed,
            device=self.device,
            evaluate=self._measures_of(validation, (windows, targets) if is_contrastive else None),
            metric=f"validation_{settings['primary_metric']}",
            budget_minutes=settings[BUDGET],
            saved=SavedProgress(key),
        )
        training.run()
        if is_contrastive:
            self._fit_last_layer(windows, targets)
        self.step_history, self.training_seconds = training.step_history, training.progress.seconds
        self.earlier_seconds = training.seconds_before
        ended_by = passes if training.ended_by == "epochs" else training.ended_by
        self.training_notes = training_notes(training.history, validation, settings, ended_by)
        if settings["precision"] == INT8:
            self._round(texts, validation)
        return training.history

    def _batches(
        self, examples: DeviceTokens | DeviceWindows, labels: np.ndarray
    ) -> DeviceTokens | DeviceWindows | ClassBatches | BalancedBatches:
        """Return the training texts in the batches that the training reads."""
        if self.resolved["contrastive"]:
            return ClassBatches(examples, labels)
        return BalancedBatches(examples, labels) if self.resolved["class_weight"] == SAMPLED else examples

    def _checkpoint(self, texts: list[str]) -> Checkpoint:
        """Open the checkpoint that fine-tuning starts from, pretrained further if `pretraining_epochs` says so."""
        settings = self.resolved
        checkpoint = open_checkpoint(settings["checkpoint"], texts)
        automatic = [name for name, value in self.parameters.items() if value == AUTO]
        planned = settings["maximum_length"]
        settings |= {name: suited_to_checkpoint(name, settings[name], checkpoint.encoder) for name in automatic}
        if "windows" in automatic:
            settings["windows"] = windows_as_long(settings["windows"], planned, settings["maximum_length"])
        checkpoint.check_length(settings["maximum_length"])
        return pretrained_if_wanted(checkpoint, texts, settings, self.device)

    def _loss_of(
        self, examples: DeviceTokens | DeviceWindows, windows: Windows, targets: np.ndarray
    ) -> Callable[[Any], Any]:
        return training_loss(self.network, examples, windows, targets, self.resolved, self.device)

    def _measures_of(
        self, validation: pd.DataFrame, refitted: tuple[Windows, np.ndarray] | None = None
    ) -> Callable[[], dict[str, float]]:
        """Return a function that evaluates the network in its present state on validation.

        Args:
            validation: the validation split.
            refitted: texts and labels on which the last layer is fitted first; None leaves it as it is.
        """
        windows = self.reader.windows(validation["text"].tolist())

        def measures() -> dict[str, float]:
            if refitted:
                self._fit_last_layer(*refitted)
            return validation_measures(validation, self.reader.probabilities(windows), self.resolved["primary_metric"])

        return measures

    def _fit_last_layer(self, windows: Windows, labels: np.ndarray) -> None:
        features = self.reader.features(windows)
        self.network.set_last_layer(*last_layer(features, labels, self.resolved["class_weight"], self.n_classes))

    def _round(self, texts: Sequence[str], validation: pd.DataFrame) -> None:
        """Round the model to int8 for its export; `_calibrate` judges what this costs."""
        self._rounded = rounded(self._save, texts, validation["text"].tolist(), self._export_options())

    def _calibrate(self, validation: pd.DataFrame) -> None:
        """Calibrate, and leave the export in float32 if validation shows that int8 costs too much.

        A calibration can enlarge the differences that int8 makes, so they are measured with it.
        """
        super()._calibrate(validation)
        if self.resolved["precision"] != INT8:
            return
        exact = self.calibration.apply(self._predict_proba(validation[list(self.inputs)]))
        answers = replace(self._rounded, answers=self.calibration.apply(self._rounded.answers))
        loss = loss_of(answers, exact, validation, self.resolved["primary_metric"])
        if loss.is_too_large:
            self.resolved["precision"] = FLOAT32
            self.training_notes = [*self.training_notes, loss.refusal()]
            return
        self._largest_inputs = self._rounded.largest
        self._set_rounding(loss.card())

    def _set_rounding(self, rounding: Mapping[str, Any] | None) -> None:
        self.rounding = rounding
        self.parity_tolerance = rounding["tolerance"] if rounding else type(self).parity_tolerance

    def card_facts(self) -> dict[str, Any]:
        """Return the calibration, and what int8 costs if the export is rounded."""
        return super().card_facts() | ({"precision": self.rounding} if self.rounding else {})

    @property
    def reader(self) -> TextReader:
        """Reads texts with the fitted network as `predict_proba` does."""
        length, windows = self.resolved["maximum_length"], self.resolved.get("windows", 1)  # earlier models have none
        return TextReader(self.network, self.tokenizer, self.device, length, windows, self.task)

    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        return self.reader.probabilities(self.reader.windows(examples["text"].tolist()))

    def _truncated(self, examples: pd.DataFrame) -> np.ndarray:
        return self.reader.windows(examples["text"].tolist()).truncated

    def signature(self) -> Signature:
        return of_limited_length(super().signature(), CHARACTERS_PER_PIECE * self.reader.layout.longest)

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
        self._set_rounding(self.rounding)

    def _export(self, folder: Path) -> None:
        precision = ("--precision", INT8) if self.rounding else ()
        options = *self._export_options(), *precision, "--calibration", json.dumps(self.calibration.document())
        export_in_a_process("textlab.models.bert.graph", self._save, folder, *options)

    def _export_options(self) -> tuple[str, ...]:
        reader = self.reader
        limits = "--maximum-length", str(reader.maximum_length), "--windows", str(reader.most_windows)
        return *limits, "--task", self.task
