"""The contract of every model family: what each one offers, and what its author implements."""

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import Signature
from textlab.data.examples import Examples, examples_frame
from textlab.models.hyperparameters import Hyperparameter, argument_list, check_values, hyperparameters_of


class Model(ABC):
    """A model that is fitted on a dataset and exported as a TensorFlow SavedModel.

    A family is a subclass of one task's class, such as `Classifier`, in a module or a folder of its own in
    `textlab.models`. Its constructor states each hyperparameter once, as `textlab.models.hyperparameters` shows. Its
    author implements the methods of the task and, for every task, `_save`, `_load`, `_export` and `tiny`.

    Attributes:
        task: what the model does, such as "classification". A fitted model of a family with several tasks states that
            of its training data.
        tasks: all tasks that the family can do; by default `task` alone.
        inputs: the columns that the model reads from a frame of examples.
        family: the name of the module or folder that defines the model, such as "lstm".
        parameters: the values of the hyperparameters by name, as they were given.
        resolved: the values that training used: `parameters`, where `fit` replaces each "auto" by its value.
        fit_seconds: the seconds that `fit` took, including the time before an interruption.
        uses_seed: whether training depends on the random seed, so that a report asks for several seeds.
        training_notes: sentences about a training that ended too early.
        parity_tolerance: the largest allowed difference between an output of the model and of its export. A fitted
            model whose export rounds more states what it measured.
    """

    task: str
    tasks: ClassVar[tuple[str, ...]]
    inputs: ClassVar[tuple[str, ...]] = ("text",)
    family: ClassVar[str]
    uses_seed: ClassVar[bool] = True
    saved_attributes: ClassVar[tuple[str, ...]] = ("resolved", "fit_seconds")  # `save` writes them to model.json

    parity_tolerance: float = 1e-5
    training_notes: Sequence[str] = ()
    parameters: dict[str, Any]
    resolved: dict[str, Any]
    fit_seconds: float

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        package, _, module = cls.__module__.partition(".models.")
        if cls.is_of_a_task():
            cls.tasks = (cls.task,)
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
    def is_of_a_task(cls) -> bool:
        """Return whether this is the class of a task, such as `Classifier`, and so no family: it states the task."""
        return "task" in vars(cls)

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
        document = {"parameters": self.parameters} | self._state()
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
        model._set_state(document)
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

    def card_facts(self) -> dict[str, Any]:
        """Return what the card of a bundle says about the fitted model, by the name of the fact."""
        return {}

    @abstractmethod
    def signature(self) -> Signature:
        """Return the signature of the fitted model's export; without outputs if the family exports no graph."""

    @abstractmethod
    def answers(self, examples: Examples) -> np.ndarray:
        """Return the task's output for n examples, float32 (n, size), which the export must reproduce."""

    def truncated(self, examples: Examples) -> np.ndarray | None:
        """Return for each of n examples whether the model does not read a text to its end, bool (n,).

        None means that the model reads texts of any length. A family that reads a limited number of tokens implements
        `_truncated`; the second output of its export tells the same, see `textlab.bundle_format.signature`.
        """
        frame = examples_frame(examples, self.inputs, type(self).__name__)
        self._check_fitted()
        return self._truncated(frame)

    def _truncated(self, examples: pd.DataFrame) -> np.ndarray | None:
        """Return what `truncated` describes for a frame with the model's inputs."""
        return None

    def _state(self) -> dict[str, Any]:
        """Return what `save` writes into model.json beside the parameters."""
        return {name: getattr(self, name) for name in self.saved_attributes}

    def _set_state(self, document: Mapping[str, Any]) -> None:
        """Read the content of model.json."""
        for name in self.saved_attributes:
            if name in document:  # models of earlier versions lack `resolved` and `training_notes`
                setattr(self, name, document[name])

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
