"""The largest inputs of dense layers, which the scales of int8 follow."""

from pathlib import Path
from typing import Any

import numpy as np

from textlab.models.transformer.graph.dense import Dense
from textlab.models.transformer.graph.int8 import Largest

FILE = "largest_inputs.npz"


class ObservedDense(Dense):
    """Dense layers in float32 that note their inputs, outside of a tf.function.

    Attributes:
        largest: the largest absolute inputs of each layer of the encoder so far, float32 (inputs,).
    """

    def __init__(self) -> None:
        super().__init__()
        self.largest: dict[str, np.ndarray] = {}

    def __call__(self, inputs: Any, name: str, activation: str = "") -> Any:
        """Return the layer's outputs, and note its inputs; the head is too small to be worth rounding."""
        if name.startswith("layer."):
            largest = np.abs(inputs.numpy()).max(axis=0)
            self.largest[name] = np.maximum(largest, self.largest.get(name, largest))
        return super().__call__(inputs, name, activation)


def write_largest(folder: Path, largest: Largest) -> None:
    """Write the largest inputs into `folder`."""
    np.savez(folder / FILE, allow_pickle=False, **largest)


def read_largest(folder: Path) -> dict[str, np.ndarray]:
    """Return the largest inputs that `write_largest` wrote.

    Raises:
        FileNotFoundError: the file is missing.
    """
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{folder} holds no {FILE}, which an export in int8 needs. Fit the model again.")
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
