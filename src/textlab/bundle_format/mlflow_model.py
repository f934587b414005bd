"""Loads a bundle as a model of MLflow: a table of inputs in, a table of the task's answers out.

MLflow copies this package, `inputs` and `search` into each registered model, where they run without textlab. So their
modules import one another by relative names. The predictors of the tasks need TensorFlow and pandas, but only when
they are used.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .manifest import verify_manifest
from .signature import format_of, read_signature

if TYPE_CHECKING:
    import pandas as pd


def _load_pyfunc(path: str) -> "RegisteredBundle":
    """Load the bundle in the folder `path`; MLflow calls this function by its name."""
    return RegisteredBundle(Path(path))


class RegisteredBundle:
    """A bundle behind MLflow's `predict`.

    Raises:
        BundleError: a file differs from the manifest.
    """

    def __init__(self, folder: Path) -> None:
        verify_manifest(folder)
        self.signature = read_signature(folder)
        self._predictor = format_of(self.signature.task).predictor(folder, self.signature)

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any] | None = None) -> "pd.DataFrame":
        """Answer n examples, see `BundleTask.columns`.

        Args:
            model_input: n rows with the model's inputs by name. A model with a single input reads the first column,
                whatever its name.
            params: the task's parameters, such as `k` for retrieval; classification has none.
        """
        answer: pd.DataFrame = self._predictor.predict(model_input, params or {})
        return answer
