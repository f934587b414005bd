"""The promises of a block of features."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

SPACE = " \t\n\v\f\r"  # what TensorFlow strips from a string


class FeatureBlock(ABC):
    """Features of one input, in rows of about length one.

    Attributes:
        name: the name of the block, such as "words".
        input: the column that it reads.
    """

    name: ClassVar[str]
    input: ClassVar[str]

    @abstractmethod
    def fit_transform(self, values: Sequence[str]) -> Any:
        """Fit to n training values, "" where one is missing; return their rows, float32 (n, columns)."""

    @abstractmethod
    def transform(self, values: Sequence[str]) -> Any:
        """Return the rows of n values, dense or sparse float32 (n, columns); those of missing values do not count."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write what was fitted into an existing folder."""

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""

    @abstractmethod
    def in_graph(self, weights: np.ndarray, scratch: Path) -> tuple[Callable[[Any], Any], Any]:
        """Return the product of rows and weights, for TensorFlow.

        Args:
            weights: float32 (columns, m).
            scratch: a folder for files that the SavedModel copies; it must stay until that is written.

        Returns:
            A function from values, string (n,), to float32 (n, m); and an object that the saved module must hold.
        """


def is_present(values: Sequence[str]) -> np.ndarray:
    """Return which values are not missing, bool (n,)."""
    return np.array([bool(value.strip(SPACE)) for value in values], bool)


def is_present_in_graph(values: Any) -> Any:
    """Return which values, string (n,), are not missing: bool (n,)."""
    import tensorflow as tf

    return tf.strings.length(tf.strings.strip(values)) > 0
