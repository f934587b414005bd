"""The graph of a bundle, run by TensorFlow on MLflow's tables."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .kinds import kind_of
from .signature import Signature

if TYPE_CHECKING:
    import pandas as pd

BATCH = 64


class Graph:
    """A loaded SavedModel whose inputs and answer are those of a signature."""

    def __init__(self, folder: Path, signature: Signature) -> None:
        import tensorflow as tf

        self._names, self._answer = signature.input_names, signature.answer.name
        self._constant, self._string = tf.constant, tf.string
        self._loaded = tf.saved_model.load(str(folder))  # kept: the function alone does not hold the variables
        self._function = self._loaded.signatures["serving_default"]

    def answers(self, model_input: "pd.DataFrame") -> list[Any]:
        """Return the answers to n examples, an array each.

        Args:
            model_input: n rows with the inputs by name. A single input is the first column, whatever its name.
        """
        cells = zip(self._names, self._read(model_input), strict=True)
        kinds = {name: kind_of(name) for name in self._names}
        columns = {
            name: [kinds[name].checked(kinds[name].received(value)) for value in values] for name, values in cells
        }
        return [row for start in range(0, len(model_input), BATCH) for row in self._batch(columns, start)]

    def _read(self, model_input: "pd.DataFrame") -> "list[pd.Series]":
        single = len(self._names) == 1
        return [model_input.iloc[:, 0] if single else model_input[name] for name in self._names]

    def _batch(self, columns: dict[str, list[bytes]], start: int) -> Any:
        batch = {name: values[start : start + BATCH] for name, values in columns.items()}
        tensors = {name: self._constant(values, self._string) for name, values in batch.items()}
        return self._function(**tensors)[self._answer].numpy()
