"""The plain engine: TensorFlow's Python package and `tf.saved_model.load`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.model.engine import EngineError, GraphSignature, check_output
from api.model.explanation import OUTPUTS, WORD_OUTPUTS
from textlab.bundle_format.graph import EXPLAIN
from textlab.bundle_format.signature import TRUNCATED


class SavedModel:
    """A SavedModel that TensorFlow's Python package runs. See `api.model.engine.Engine`.

    Raises:
        EngineError: the SavedModel cannot be loaded.
    """

    def __init__(self, folder: Path, signature: GraphSignature, threads: int) -> None:
        import tensorflow as tf

        self._tf, self._output, self._size = tf, signature.output, signature.size
        self._tells = bool(signature.truncated)
        _limit_threads(tf, threads)
        try:
            # The variables live as long as this object, so it is kept along with the signature.
            self._loaded = tf.saved_model.load(str(folder))
            self._serve = self._loaded.signatures["serving_default"]
            self._explain = self._loaded.signatures[EXPLAIN] if signature.explain is not None else None
        except Exception as error:  # noqa: BLE001  TensorFlow's loader raises errors of any type for a damaged file
            raise EngineError(f"{type(error).__name__}: {error}") from None

    def predict(self, inputs: Mapping[str, Sequence[bytes]]) -> np.ndarray:
        """The output, float32 (n, k), for n examples."""
        return self.predict_and_tell(inputs)[0]

    def predict_and_tell(self, inputs: Mapping[str, Sequence[bytes]]) -> tuple[np.ndarray, np.ndarray]:
        """The output, float32 (n, k), and which texts were not read to their end, bool (n,)."""
        tf = self._tf
        tensors = {name: tf.constant(values, tf.string, [len(values)]) for name, values in inputs.items()}
        try:
            outputs = self._serve(**tensors)
        except tf.errors.OpError as error:
            raise EngineError(f"TensorFlow could not compute an answer (code {error.error_code}).") from None
        count, answer = len(next(iter(inputs.values()))), outputs[self._output]
        check_output(answer.dtype == tf.float32, tuple(answer.shape), (count, self._size))
        if not self._tells:
            return answer.numpy(), np.zeros(count, bool)
        truncated = outputs[TRUNCATED]
        check_output(truncated.dtype == tf.bool, tuple(truncated.shape), (count,), "bool")
        return answer.numpy(), truncated.numpy()

    def explain(self, text: bytes, target: int) -> dict[str, np.ndarray]:
        """The outputs of the signature `explain` for one text by name: (1, words) or (1,)."""
        tf = self._tf
        if self._explain is None:
            raise EngineError("The graph has no signature that explains.")
        try:
            outputs = self._explain(text=tf.constant([text], tf.string), target=tf.constant([target], tf.int32))
        except tf.errors.OpError as error:
            raise EngineError(f"TensorFlow could not compute an answer (code {error.error_code}).") from None
        words = outputs["starts"].shape[-1] if len(outputs["starts"].shape) == 2 else 0
        for name in OUTPUTS:
            kind = "int32" if name in ("starts", "ends") else "float32"
            shape = (1, words) if name in WORD_OUTPUTS else (1,)
            check_output(outputs[name].dtype == kind, tuple(outputs[name].shape), shape, kind)
        return {name: outputs[name].numpy() for name in OUTPUTS}

    def cancel(self) -> None:
        """Do nothing: TensorFlow's Python package cannot end a call in progress."""


def _limit_threads(tf: Any, threads: int) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        return  # TensorFlow is running already, and its number of threads is fixed
