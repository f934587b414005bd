"""A checked bundle in memory: texts in, probabilities out."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from api.bundle import BundleError, check_bundle

WARM_UP_TEXTS = ("warming up", "a second text that is a little longer than the first one is", "")
WARM_UP_CALLS = 3


class Model:
    """A bundle, checked, loaded and warmed up.

    Args:
        folder: models/<name>/<number>.

    Attributes:
        name, number: what the folder's path says.
        label_names: the classes in order.
        card: the bundle's card.
        digest: sha256 of its manifest.
        loaded_at: seconds since 1970.

    Raises:
        BundleError: the bundle is refused, or does not answer as its labels say.
    """

    def __init__(self, folder: Path) -> None:
        checked = check_bundle(folder)
        self.name, self.number = folder.resolve().parent.name, int(folder.name)
        self.label_names, self.card, self.digest = checked.label_names, checked.card, checked.digest
        self._load(folder)
        self._warm_up()
        self.loaded_at = time.time()

    def _load(self, folder: Path) -> None:
        import tensorflow as tf

        self._constant, self._string = tf.constant, tf.string
        try:
            self._loaded = tf.saved_model.load(str(folder))  # kept: the signature alone does not hold the variables
            self._signature = self._loaded.signatures["serving_default"]
        except Exception as error:  # TensorFlow raises many kinds on a damaged graph
            raise BundleError(
                f"{folder} could not be loaded by TensorFlow ({type(error).__name__}). Export the model again."
            ) from error

    def _warm_up(self) -> None:
        """Answer once with one text and with several, so that no request pays for the first calls."""
        for count in (1, len(WARM_UP_TEXTS)):
            for _ in range(WARM_UP_CALLS):
                try:
                    answer = self.predict_proba(WARM_UP_TEXTS[:count])
                except Exception as error:
                    raise BundleError(
                        f"The model {self.name} {self.number} fails on a text ({type(error).__name__}). "
                        "Export the model again."
                    ) from error
                expected = (count, len(self.label_names))
                if answer.shape != expected or not np.allclose(answer.sum(axis=1), 1, atol=1e-3):
                    raise BundleError(
                        f"The model {self.name} {self.number} answers {answer.shape} where probabilities "
                        f"{expected} were expected. Export the model again."
                    )

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities float32 (n, k) of n texts without lone surrogates."""
        encoded = [text.encode("utf-8") for text in texts]
        return self._signature(text=self._constant(encoded, self._string))["probabilities"].numpy()


def start_tensorflow(threads: int) -> None:
    """Import TensorFlow and let one model call use this many threads; before the first call only.

    On two cores one thread a call is fastest: the others handle requests meanwhile. Operations are not handed from one
    thread to another within a call, which on graphs of many small ones costs more than it gains.
    """
    with _without_keras():
        import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(-1)  # all in the thread that calls
    except RuntimeError:
        return  # TensorFlow has computed in this process already, as in tests: the first settings stay


@contextmanager
def _without_keras() -> Iterator[None]:
    """TensorFlow imports Keras where it finds it, a quarter of all memory, which no SavedModel needs."""
    if "keras" in sys.modules:
        yield
        return
    sys.modules["keras"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["keras"]
