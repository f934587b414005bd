"""What every model family offers: strings in, probabilities out."""

import inspect
import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd


class TextClassifier(ABC):
    """A classifier of texts into k classes.

    A family is a subclass in a module of its own whose constructor takes keyword parameters with defaults. It
    implements `_fit`, `_predict_proba`, `_save`, `_load`, `_export` and `tiny`.
    """

    parameters: dict[str, Any]
    n_classes: int
    fit_seconds: float
    parity_tolerance: ClassVar[float] = 1e-5  # how far the exported model's probabilities may be from these

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Remember the constructor's parameters, so that no family has to list them a second time."""
        model = super().__new__(cls)
        bound = inspect.signature(cls.__init__).bind(model, *args, **kwargs)
        bound.apply_defaults()
        model.parameters = {name: value for name, value in bound.arguments.items() if name != "self"}
        return model

    def fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
        """Learn from `train`; choose what has to be chosen (epoch, regularisation) on `validation`.

        Args:
            train, validation: frames with the columns text and label (0 to k - 1); others are not needed.
            seed: the same seed gives the same numbers.

        Returns:
            The history, a row a step. The first column says which step: "epoch", or the setting that was tried, such
            as "C". Then come train_<measure> and validation_<measure>, such as train_loss or validation_macro_recall.

        Raises:
            ValueError: a frame is empty; the training labels are not 0 to k - 1 with k of at least two; or the
                family's parameter primary_metric is none that may decide.
        """
        if "primary_metric" in self.parameters:
            _check_decisive(self.parameters["primary_metric"])
        for name, frame in (("training", train), ("validation", validation)):
            if frame.empty:
                raise ValueError(f"The {name} frame has no rows; a model needs texts with labels.")
        labels = sorted(train["label"].unique().tolist())
        if len(labels) < 2 or labels != list(range(len(labels))):
            raise ValueError(f"The training labels are {labels}; expected 0 to k - 1 with at least two classes.")
        self.n_classes = len(labels)
        started = time.perf_counter()
        history = self._fit(_with_ids(train), _with_ids(validation), seed)
        self.fit_seconds = time.perf_counter() - started
        return history

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities float32 (n, k) of the n `texts`.

        Raises:
            ValueError: `texts` is a single string, or the model is not fitted.
        """
        if isinstance(texts, str):
            raise ValueError(f"predict_proba takes a list of texts; a single string came. Write [{texts[:20]!r}].")
        self._check_fitted()
        if len(texts) == 0:
            return np.zeros((0, self.n_classes), np.float32)
        return self._predict_proba(list(texts)).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, without pickle; `load` reads it back.

        Raises:
            ValueError: the model is not fitted.
        """
        self._check_fitted()
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._save(folder)
        document = {
            "parameters": self.parameters,
            "n_classes": self.n_classes,
            "fit_seconds": self.fit_seconds,
        }
        (folder / "model.json").write_text(json.dumps(document, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: `folder` holds no complete model.
        """
        path = Path(folder) / "model.json"
        if not path.exists():
            raise FileNotFoundError(f"{folder} holds no complete {cls.__name__}: model.json is missing.")
        document = json.loads(path.read_text(encoding="utf-8"))
        model = cls(**document["parameters"])
        model.n_classes, model.fit_seconds = document["n_classes"], document["fit_seconds"]
        model._load(Path(folder))
        return model

    def export(self, folder: Path) -> None:
        """Write a TensorFlow SavedModel whose one signature takes `text: string[n]` and gives
        `probabilities: float32[n, k]`, with all text processing in the graph and core operations only.

        Raises:
            ValueError: the model is not fitted.
        """
        self._check_fitted()
        self._export(Path(folder))

    def _check_fitted(self) -> None:
        if not hasattr(self, "fit_seconds"):
            name = type(self).__name__
            raise ValueError(f"This {name} is not fitted. Call fit first, or read a saved one with {name}.load.")

    @classmethod
    @abstractmethod
    def tiny(cls) -> Self:
        """The smallest version that learns forty tweets in seconds and downloads nothing; for tests."""

    @abstractmethod
    def _fit(self, train: pd.DataFrame, validation: pd.DataFrame, seed: int) -> pd.DataFrame: ...

    @abstractmethod
    def _predict_proba(self, texts: list[str]) -> np.ndarray: ...

    @abstractmethod
    def _save(self, folder: Path) -> None: ...

    @abstractmethod
    def _load(self, folder: Path) -> None: ...

    @abstractmethod
    def _export(self, folder: Path) -> None: ...


def finite_score(metrics: Mapping[str, float], metric: str) -> float:
    """The metric by which a family chooses on validation.

    Raises:
        ValueError: it is NaN, as the validation texts do not allow it.
    """
    if not math.isfinite(metrics[metric]):
        raise ValueError(
            f"{metric} on validation is {metrics[metric]}, so nothing can be chosen by it: the validation texts "
            "most likely are all of one class. Give validation texts of every class, or another primary_metric."
        )
    return metrics[metric]


def _check_decisive(metric: str) -> None:
    from textlab.evaluation.classification.metrics import DECISIVE_METRICS

    if metric not in DECISIVE_METRICS:
        raise ValueError(f"Unknown primary_metric '{metric}'. Available: {', '.join(DECISIVE_METRICS)}.")


def _with_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the column id that `predictions_frame` wants; where there is none, the rows are numbered."""
    return frame if "id" in frame else frame.assign(id=range(len(frame)))
