"""A promoted model in memory: texts in, probabilities out."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.model.answers import invalid_rows
from api.model.bundle import check_bundle
from api.model.cost import measure
from api.model.engine import EngineError, load
from api.settings import EngineName
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import verify_manifest

WARM_UP_TEXTS = ("warming up", "a second text that is a little longer than the first one is", "")
WARM_UP_CALLS = 2
MEASURING_SECONDS = 1.0
LONGEST_CHARACTERS = 1000


class Model:
    """A bundle that has been checked, loaded and warmed up.

    Args:
        folder: models/<name>/<number>.
        threads: TensorFlow threads per operation. The first model in a process decides for all.
        engine: how TensorFlow runs the model, see `api.model.engine`.
        longest: maximum number of characters in a text, for the measurement of the cost.

    Attributes:
        name, number: from the folder's path.
        label_names: the classes, in the order of the probabilities.
        card: the bundle's card.
        digest: sha256 of the bundle's manifest.
        cost: the estimated cost of calls.
        loaded_at: seconds since 1970.

    Raises:
        BundleError: the bundle fails a check, changes while it is loaded, or its answers do not match its labels.
    """

    def __init__(
        self,
        folder: Path,
        threads: int = 1,
        engine: EngineName = "session",
        longest: int = LONGEST_CHARACTERS,
    ) -> None:
        if engine == "saved_model":
            import tensorflow  # noqa: F401  imported before the checks, so that they replace no module
        checked = check_bundle(folder)
        self.name, self.number = folder.resolve().parent.name, int(folder.name)
        self.label_names, self.card, self.digest = checked.label_names, checked.card, checked.digest
        self._title = f"The model {self.name} {self.number}"
        (self._input,) = checked.signature.inputs
        try:
            self._engine = load(engine, folder, checked.signature, threads)
        except EngineError as error:
            raise BundleError(f"TensorFlow could not load {folder}. Export the model again. {error}") from error
        if verify_manifest(folder) != checked.digest:
            raise BundleError(f"{folder} has changed while it was loaded. Load the version again.")
        self._warm_up()
        # The fast engine computes in the calling thread if it may use only one.
        clock = time.thread_time if engine == "session" and threads == 1 else time.perf_counter
        self.cost = measure(self._answer_in_warm_up, longest, MEASURING_SECONDS, clock)
        self.loaded_at = time.time()

    def _warm_up(self) -> None:
        """Answer one text and several texts, so that no request has to wait for the slow first calls."""
        for count in (1, len(WARM_UP_TEXTS)):
            for _ in range(WARM_UP_CALLS):
                self._answer_in_warm_up(WARM_UP_TEXTS[:count])

    def _answer_in_warm_up(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities of texts that no client sent.

        Raises:
            BundleError: the model fails, or its answer does not hold probabilities.
        """
        try:
            answer = self.predict_proba(texts)
        except EngineError as error:
            raise BundleError(f"{self._title} fails on a text. Export the model again. {error}") from None
        if invalid_rows(answer) is not None:
            raise BundleError(
                f"{self._title} answers numbers that are not probabilities from 0 to 1 with the sum 1 for each text. "
                "Export the model again."
            )
        return answer

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, float32 (n, k), of n texts without lone surrogates."""
        return self._engine.predict({self._input: [text.encode("utf-8") for text in texts]})

    def cancel(self) -> None:
        """End the calls in progress with an EngineError. The model answers no more."""
        self._engine.cancel()
