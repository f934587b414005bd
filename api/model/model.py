"""A checked bundle in memory: texts in, probabilities out."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.model.bundle import BundleError, check_bundle
from api.model.session import Session, SessionError

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
        try:
            self._session = Session(folder, checked.texts, checked.probabilities, threads)
        except SessionError as error:
            raise BundleError(f"{folder} could not be loaded by TensorFlow. Export the model again. {error}") from error
        self._warm_up()
        self.loaded_at = time.time()

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
        return self._session.run([text.encode("utf-8") for text in texts])
