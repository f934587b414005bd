"""The contract of a model family: what each one offers, and what its author implements."""

import inspect
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from textlab.data.examples import Examples, check_columns, examples_frame
from textlab.models.hyperparameters import AUTO, Hyperparameter, argument_list, check_values, hyperparameters_of
from textlab.models.training_facts import TrainingFacts, training_facts


class Model(ABC):
    """A model that is fitted on a dataset and exported as a TensorFlow SavedModel.

    A family is a subclass of one task's class, such as `Classifier`, in a module or a folder of its own in
    `textlab.models`. Its constructor states each hyperparameter once, as `textlab.models.hyperparameters` shows. Its
    author implements the methods of the task and, for every task, `_save`, `_load`, `_export` and `tiny`.

    Attributes:
        task: what the model does, such as "classification".
        inputs: the columns that the model reads from a frame of examples.
        family: the name of the module or folder that defines the model, such as "lstm".
        parameters: the values of the hyperparameters by name, as they were given.
        resolved: the values that training used: `parameters`, where `fit` replaces each "auto" by its value.
        fit_seconds: the seconds that `fit` took, including the time before an interruption.
        uses_seed: whether training depends on the random seed, so that a report asks for several seeds.
        parity_tolerance: the largest allowed difference between an output of the model and of its export.
    """

    task: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]] = ("text",)
    family: ClassVar[str]
    uses_seed: ClassVar[bool] = True
    parity_tolerance: ClassVar[float] = 1e-5
    saved_attributes: ClassVar[tuple[str, ...]] = ("resolved", "fit_seconds")  # `save` writes them to model.json

    parameters: dict[str, Any]
    resolved: dict[str, Any]
    fit_seconds: float

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        package, _, module = cls.__module__.partition(".models.")
        if cls.__module__ == __name__:  # a task's class, such as Classifier, is no family
            return
        if package == "textlab":
            cls.family = module.partition(".")[0]
        elif not hasattr(cls, "family"):  # a class from elsewhere keeps the family of the model that it extends
            cls.family = cls.__module__.rpartition(".")[2]
        if cls.__doc__ and cls.hyperparameters():
            cls.__doc__ = f"{inspect.cleandoc(cls.__doc__)}\n\n{argument_list(cls.hyperparameters())}"

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Check the constructor's parameters and remember them, so that no family has to do either.

        Raises:
            ValueError: a parameter is unknown, has another type, or lies outside its bounds.
        """
        model = super().__new__(cls)
        stated = cls.hyperparameters()
        given = dict(zip(stated, args, strict=False)) | kwargs
        check_values(cls.__name__, stated, given)
        model.parameters = {name: given.get(name, each.default) for name, each in stated.items()}
        model.resolved = dict(model.parameters)
        return model

    @classmethod
    def hyperparameters(cls) -> dict[str, Hyperparameter]:
        """Return the hyperparameters of the family, by name and in the order of the constructor."""
        return hyperparameters_of(cls.__init__)

    @classmethod
    @abstractmethod
    def tiny(cls) -> Self:
        """Build the smallest model that learns forty tweets in seconds and downloads nothing, for tests."""

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, without pickle; `load` reads it back.

        Raises:
            ValueError: the model is not fitted.
        """
        self._check_fitted()
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._save(folder)
        document = {"parameters": self.parameters} | {name: getattr(self, name) for name in self.saved_attributes}
        (folder / "model.json").write_text(json.dumps(document, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model that `save` wrote.

        Raises:
            FileNotFoundError: `folder` holds no complete model.
        """
        path = Path(folder) / "model.json"
        if not path.exists():
            raise FileNotFoundError(
                f"{folder} holds no complete {cls.__name__}: model.json is missing. Name a folder that save wrote."
            )
        document = json.loads(path.read_text(encoding="utf-8"))
        model = cls(**document["parameters"])
        for name in cls.saved_attributes:
            if name in document:  # models of earlier versions lack `resolved` and `training_notes`
                setattr(model, name, document[name])
        model._load(Path(folder))
        return model

    def export(self, folder: Path) -> None:
        """Write the model into `folder` as a TensorFlow SavedModel with one signature.

        The signature takes a string tensor (n,) for each of the model's inputs, under the input's name, and returns
        the task's output. All text processing happens in the graph, with core TensorFlow operations only.

        Raises:
            ValueError: the model is not fitted.
        """
        self._check_fitted()
        self._export(Path(folder))

    def _check_fitted(self) -> None:
        if not hasattr(self, "fit_seconds"):
            name = type(self).__name__
            raise ValueError(f"This {name} is not fitted. Call fit first, or read a saved one with {name}.load.")

    @abstractmethod
    def _save(self, folder: Path) -> None:
        """Write everything that `fit` learnt into the existing `folder`, without pickle."""

    @abstractmethod
    def _load(self, folder: Path) -> None:
        """Read what `_save` wrote; the parameters and `saved_attributes` are already set."""

    @abstractmethod
    def _export(self, folder: Path) -> None:
        """Write the SavedModel that `export` describes into `folder`, which does not exist yet."""


class Classifier(Model):
    """A model that assigns each example a probability for each of k classes.

    A family implements `_fit`, `_predict_proba`, `_save`, `_load`, `_export` and `tiny`. Its export returns
    `probabilities: float32 (n, k)`.

    Attributes:
        n_classes: k, the number of classes in the training frame.
        earlier_seconds: the seconds that interrupted calls of `fit` spent; a family that resumes a training sets it.
        training_notes: sentences about a training that ended too early; a family that trains step by step sets them
            in `_fit`, with `textlab.models.training_length.training_notes`.
    """

    task = "classification"
    saved_attributes = ("n_classes", "resolved", "fit_seconds", "training_notes")

    n_classes: int
    earlier_seconds: float = 0.0
    training_notes: Sequence[str] = ()

    def fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
        """Learn from `train`; choose what has to be chosen (epoch, regularisation) on `validation`.

        Args:
            train, validation: frames with the model's input columns and `label` (0 to k - 1). The column `id` is
                optional.
            seed: the random seed; the same seed gives the same numbers.

        Returns:
            The history, with one row per step. The first column names the step: "epoch", or the setting that was
            tried, such as "C". The others are called train_<measure> or validation_<measure>, such as train_loss or
            validation_macro_recall.

        Raises:
            ValueError: a frame is empty or lacks a column, or the training labels are not 0 to k - 1 with k of at
                least two.
        """
        for title, frame in (("training", train), ("validation", validation)):
            check_columns(frame, [*self.inputs, "label"], title, type(self).__name__)
            if frame.empty:
                raise ValueError(f"The {title} frame has no rows. Pass at least one labelled example.")
        labels = sorted(train["label"].unique().tolist())
        if len(labels) < 2 or labels != list(range(len(labels))):
            raise ValueError(
                f"The training labels are {labels}. Number at least two classes from 0 to k - 1 and give each an "
                "example."
            )
        self.n_classes = len(labels)
        started = time.perf_counter()
        self.training_notes = ()
        self._resolve(train)
        history = self._fit(_with_ids(train), _with_ids(validation), seed)
        self.fit_seconds = time.perf_counter() - started + self.earlier_seconds
        return history

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Predict the probability of each class.

        Args:
            examples: a frame with the model's input columns, n rows; or n texts, where text is the only input.

        Returns:
            float32 (n, k); each row sums to one.

        Raises:
            ValueError: the model is not fitted, the frame lacks a column, or `examples` is a single string or a list
                for a model with further inputs.
        """
        frame = examples_frame(examples, self.inputs, type(self).__name__)
        self._check_fitted()
        if frame.empty:
            return np.zeros((0, self.n_classes), np.float32)
        return self._predict_proba(frame).astype(np.float32)

    def _resolve(self, train: pd.DataFrame) -> None:
        """Set `resolved`: the given parameters, and the automatic values of the others."""
        stated = self.hyperparameters()
        automatic = [name for name, value in self.parameters.items() if stated[name].is_automatic and value == AUTO]
        self.resolved = dict(self.parameters)
        if automatic:
            values = self._automatic_values(training_facts(train[list(self.inputs)], train["label"].to_numpy()))
            self.resolved |= {name: values[name] for name in automatic}
            check_values(type(self).__name__, stated, self.resolved)

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
        """Return probabilities (n, k) of at least one example; the frame holds the model's inputs and nothing else."""


def _with_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the column `id` that `predictions_frame` needs; without one, the rows are numbered."""
    return frame if "id" in frame else frame.assign(id=range(len(frame)))
