"""A checked bundle in memory: texts in, probabilities out.

The graph is run by a session of TensorFlow 1, which alone keeps all of a call in the thread that makes it. TensorFlow 2
hands it to another thread and back, whatever it is told, and for a tweet that takes longer than the computation.
"""

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from api.bundle import BundleError, check_bundle

WARM_UP_TEXTS = ("warming up", "a second text that is a little longer than the first one is", "")
WARM_UP_CALLS = 3


class Model:
    """A bundle, checked, loaded and warmed up.

    Args:
        folder: models/<name>/<number>.
        threads: that one operation may use; the first model in a process decides for all.

    Attributes:
        name, number: what the folder's path says.
        label_names: the classes in order.
        card: the bundle's card.
        digest: sha256 of its manifest.
        loaded_at: seconds since 1970.

    Raises:
        BundleError: the bundle is refused, or does not answer as its labels say.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        checked = check_bundle(folder)
        self.name, self.number = folder.resolve().parent.name, int(folder.name)
        self.label_names, self.card, self.digest = checked.label_names, checked.card, checked.digest
        self._load(folder, threads)
        self._warm_up()
        self.loaded_at = time.time()

    def _load(self, folder: Path, threads: int) -> None:
        tf = import_tensorflow().compat.v1
        graph = tf.Graph()
        options = tf.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=-1)
        try:
            with graph.as_default():
                self._session = tf.Session(graph=graph, config=options)
                loaded = tf.saved_model.load(self._session, [tf.saved_model.tag_constants.SERVING], str(folder))
            signature = loaded.signature_def["serving_default"]
            texts, probabilities = signature.inputs["text"].name, signature.outputs["probabilities"].name
            self._call = self._session.make_callable(probabilities, feed_list=[texts])
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
        return self._call(np.array([text.encode("utf-8") for text in texts], dtype=object))


def import_tensorflow() -> Any:
    """TensorFlow, without its remarks on what TensorFlow 2 would do otherwise."""
    with _without_keras():
        import tensorflow as tf

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return tf


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
