"""Loads a bundle as a model of MLflow: strings in, a table of classes and probabilities out.

This file is copied into each registered model, so it imports nothing of textlab.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

EXTRA = Path("assets.extra")
BATCH = 64


def _load_pyfunc(path: str) -> "RegisteredBundle":
    """What MLflow calls with the path of the bundle."""
    return RegisteredBundle(Path(path))


class RegisteredBundle:
    """A bundle behind MLflow's `predict`.

    Raises:
        ValueError: a file differs from the manifest.
    """

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        _verify(folder)
        self.label_names: list[str] = json.loads((folder / EXTRA / "labels.json").read_text(encoding="utf-8"))
        self._constant, self._string = tf.constant, tf.string
        self._loaded = tf.saved_model.load(str(folder))  # kept: the signature alone does not hold the variables
        self._signature = self._loaded.signatures["serving_default"]

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Class and probabilities of the texts in the first column.

        Returns:
            A row a text: predicted, then p_<class> for each class.
        """
        texts = [str(text).encode("utf-8", errors="surrogatepass") for text in model_input.iloc[:, 0]]
        batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        answers = [self._signature(text=self._constant(batch, self._string))["probabilities"] for batch in batches]
        rows = [row for answer in answers for row in answer.numpy()]
        table = pd.DataFrame(rows, columns=[f"p_{name}" for name in self.label_names])
        table.insert(0, "predicted", [self.label_names[row.argmax()] for row in rows])
        return table


def _verify(folder: Path) -> None:
    manifest = folder / EXTRA / "manifest.json"
    expected = json.loads(manifest.read_text(encoding="utf-8"))["sha256"]
    files = [path for path in folder.rglob("*") if path.is_file() and path != manifest]
    found = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    if found != expected:
        wrong = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
        raise ValueError(f"{folder} does not match its manifest ({', '.join(wrong)}). Promote the model again.")
