"""Loads a bundle as a model of MLflow: a table of inputs in, a table of classes and probabilities out.

MLflow copies this package into each registered model, where it runs without textlab. So its modules import one another
by relative names. Only this module needs more than the standard library.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .labels import read_labels
from .manifest import verify_manifest
from .signature import read_signature

if TYPE_CHECKING:
    import pandas as pd

BATCH = 64


def _load_pyfunc(path: str) -> "RegisteredBundle":
    """Load the bundle in the folder `path`; MLflow calls this function by its name."""
    return RegisteredBundle(Path(path))


class RegisteredBundle:
    """A bundle behind MLflow's `predict`.

    Raises:
        BundleError: a file differs from the manifest.
    """

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        verify_manifest(folder)
        self.signature = read_signature(folder)
        self.label_names = read_labels(folder)
        self._constant, self._string = tf.constant, tf.string
        self._loaded = tf.saved_model.load(str(folder))  # kept: the function alone does not hold the variables
        self._function = self._loaded.signatures["serving_default"]

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any] | None = None) -> "pd.DataFrame":
        """Predict the class and the probabilities of n examples.

        Args:
            model_input: n rows with the model's inputs by name. A model with a single input reads the first column,
                whatever its name.
            params: MLflow's; not used.

        Returns:
            One row per example: predicted, then p_<class> for each class.
        """
        import pandas as pd

        names = self.signature.input_names
        single = len(names) == 1
        columns = {name: _encoded(model_input.iloc[:, 0] if single else model_input[name]) for name in names}
        rows = [row for start in range(0, len(model_input), BATCH) for row in self._answer(columns, start)]
        table = pd.DataFrame(rows, columns=[f"p_{name}" for name in self.label_names])
        table.insert(0, "predicted", [self.label_names[row.argmax()] for row in rows])
        return table

    def _answer(self, columns: dict[str, list[bytes]], start: int) -> Any:
        """Return the answers to a batch, an array with a row per example."""
        batch = {name: values[start : start + BATCH] for name, values in columns.items()}
        tensors = {name: self._constant(values, self._string) for name, values in batch.items()}
        return self._function(**tensors)[self.signature.answer.name].numpy()


def _encoded(values: "pd.Series") -> list[bytes]:
    return [str(value).encode("utf-8", errors="surrogatepass") for value in values]
