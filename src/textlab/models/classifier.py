"""The contract of a classifier."""

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import Signature, signature_of
from textlab.data.examples import Examples, check_columns, examples_frame
from textlab.evaluation.classification.task import TASK
from textlab.evaluation.tasks import task
from textlab.models.calibration import Calibration, calibration_rows, fit_calibration
from textlab.models.contract import Model
from textlab.models.hyperparameters import AUTO, check_values
from textlab.models.multilabel import LABELS, MULTILABEL, has_several_labels, training_targets
from textlab.models.training_facts import TrainingFacts, training_facts
from textlab.spelling import nearest


class Classifier(Model):
    """A model that assigns each example a probability for each of k classes.

    A family implements `_fit`, `_predict_proba`, `_save`, `_load`, `_export` and `tiny`. Its export returns
    `probabilities: float32 (n, k)`, which `_answer_in_graph` makes.

    A family that can also learn several labels per text states `tasks = ("classification", "multilabel")`. Then `fit`
    accepts frames with the column `labels`, and `self.task` tells `_fit` and `_predict_proba` which task it is. The
    probabilities of labels are independent: their sum may be any number up to k.

    Attributes:
        n_classes: k, the number of classes, or of labels, in the training frame.
        explains: the unit of the scores that the export's signature `explain` divides among the words of a text, see
            `textlab.bundle_format.signature`; None if the export has no such signature.
        calibration: what `fit` learnt on validation about the model's confidence. `predict_proba` and the export apply
            it. Several labels per text are not calibrated.
        earlier_seconds: the seconds that interrupted calls of `fit` spent; a family that resumes a training sets it.
        training_notes: sentences about a training that ended too early; a family that trains step by step sets them
            in `_fit`, with `textlab.models.training_length.training_notes`.
    """

    task = TASK.name
    explains: str | None = None
    saved_attributes: ClassVar[tuple[str, ...]] = ("task", "n_classes", "resolved", "fit_seconds", "training_notes")

    n_classes: int
    calibration: Calibration = Calibration()
    earlier_seconds: float = 0.0
    training_notes: Sequence[str] = ()

    def fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
        """Learn from `train`; choose what has to be chosen (epoch, regularisation) on `validation`; calibrate on it.

        Args:
            train, validation: frames with the model's input columns and `label` (0 to k - 1); or, for several labels
                per text, `labels` (sorted tuples of int, which may be empty). The column `id` is optional.
            seed: the random seed; the same seed gives the same numbers.

        Returns:
            The history, with one row per step. The first column names the step: "epoch", or the setting that was
            tried, such as "C". The others are called train_<measure> or validation_<measure>, such as train_loss or
            validation_macro_recall.

        Raises:
            ValueError: a frame is empty or lacks a column, the training labels are not 0 to k - 1 with k of at least
                two, the family does not learn several labels per text, or the task does not have the primary metric.
        """
        several = has_several_labels(train)
        wanted = MULTILABEL if several else TASK.name
        for title, frame in (("training", train), ("validation", validation)):
            check_columns(frame, [*self.inputs, LABELS if several else "label"], title, type(self).__name__)
            if frame.empty:
                raise ValueError(f"The {title} frame has no rows. Pass at least one labelled example.")
        self._check_task(wanted)
        targets = training_targets(train)
        labels = list(range(targets.shape[1])) if several else np.unique(targets).tolist()
        if len(labels) < 2 or labels != list(range(len(labels))):
            raise ValueError(
                f"The training labels are {labels}. Number at least two classes from 0 to k - 1 and give each an "
                "example."
            )
        self.task, self.n_classes = wanted, len(labels)
        started = time.perf_counter()
        self.training_notes, self.calibration = (), Calibration()
        self._resolve(train, targets)
        train, validation = _with_ids(train), _with_ids(validation)
        history = self._fit(train, validation, seed)
        self._calibrate(validation)
        self.fit_seconds = time.perf_counter() - started + self.earlier_seconds
        return history

    def _check_task(self, wanted: str) -> None:
        if wanted not in self.tasks:
            from textlab.models.discovery import families

            able = [name for name, family in families().items() if wanted in family.tasks]
            raise ValueError(
                f"The family {self.family} learns one class per text, and the examples have several labels. Choose one "
                f"of {', '.join(able)}."
            )

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Predict the calibrated probability of each class.

        Args:
            examples: a frame with the model's input columns, n rows; or n texts, where text is the only input.

        Returns:
            float32 (n, k); each row sums to one, unless a text has several labels.

        Raises:
            ValueError: the model is not fitted, the frame lacks a column, or `examples` is a single string or a list
                for a model with further inputs.
        """
        frame = examples_frame(examples, self.inputs, type(self).__name__)
        self._check_fitted()
        if frame.empty:
            return np.zeros((0, self.n_classes), np.float32)
        return self.calibration.apply(self._predict_proba(frame)).astype(np.float32)

    def signature(self) -> Signature:
        """Return the signature of the export, with a probability per class."""
        return replace(signature_of(self.task, self.inputs, self.n_classes), explains=self.explains)

    @property
    def has_independent_labels(self) -> bool:
        """Whether each label has a probability of its own, so that they need not add up to one."""
        return self.task != TASK.name

    def answers(self, examples: Examples) -> np.ndarray:
        """Return the probabilities, see `predict_proba`."""
        return self.predict_proba(examples)

    def card_facts(self) -> dict[str, Any]:
        """Return the calibration."""
        return super().card_facts() | {"calibration": self.calibration.document()}

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"calibration": self.calibration.document()}

    def _set_state(self, document: Mapping[str, Any]) -> None:
        super()._set_state(document)
        self.calibration = Calibration.of(document.get("calibration"))

    def _calibrate(self, validation: pd.DataFrame) -> None:
        """Set `calibration`, from the probabilities of the fitted model."""
        chosen = validation.iloc[calibration_rows(len(validation), self.n_classes)]
        if self.task == TASK.name and not chosen.empty:
            probabilities = self._predict_proba(chosen[list(self.inputs)])
            self.calibration = fit_calibration(chosen, probabilities, self.resolved.get("primary_metric", "accuracy"))

    def _answer_in_graph(self, probabilities: Any) -> dict[str, Any]:
        """Return what the function that the export serves answers.

        Every family's `_export` ends with it.

        Args:
            probabilities: the uncalibrated ones, a tensor of floats (n, k), as `_predict_proba` returns them.
        """
        return {"probabilities": self.calibration.in_graph(probabilities)}

    def _resolve(self, train: pd.DataFrame, targets: np.ndarray) -> None:
        """Set `resolved`: the given parameters, and the automatic values of the others.

        Raises:
            ValueError: the task does not have the given primary metric.
        """
        stated = self.hyperparameters()
        automatic = [name for name, value in self.parameters.items() if stated[name].is_automatic and value == AUTO]
        self.resolved = dict(self.parameters)
        if automatic:
            values = self._automatic_values(training_facts(train[list(self.inputs)], targets))
            self.resolved |= {name: values[name] for name in automatic}
            check_values(type(self).__name__, stated, self.resolved)
        if "primary_metric" in stated:
            self.resolved["primary_metric"] = self._metric_of_the_task()

    def _metric_of_the_task(self) -> str:
        """Return the given primary metric; the task's own for a default that the task does not have."""
        given, of_task = self.parameters["primary_metric"], task(self.task)
        if given in of_task.metrics:
            return str(given)
        if given == self.hyperparameters()["primary_metric"].default:
            return of_task.primary_metric
        raise ValueError(
            f"The primary_metric is '{given}', which the task {self.task} does not have."
            f"{nearest(given, of_task.metrics)}"
        )

    def _automatic_values(self, facts: TrainingFacts) -> Mapping[str, Any]:
        """Return the values of at least those hyperparameters that are "auto" in `parameters`.

        A family with a hyperparameter of type `Auto` implements this method.
        """
        raise NotImplementedError(f"{type(self).__name__} has automatic hyperparameters. Implement _automatic_values.")

    @abstractmethod
    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame:
        """Learn from checked frames, which have an `id` column, and return the history.

        `n_classes` and `resolved` are set.
        """

    @abstractmethod
    def _predict_proba(self, examples: pd.DataFrame) -> np.ndarray:
        """Return uncalibrated probabilities (n, k) of at least one example.

        The frame holds the model's inputs and nothing else.
        """


def _with_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the column `id` that `predictions_frame` needs; without one, the rows are numbered."""
    return frame if "id" in frame else frame.assign(id=range(len(frame)))
