"""A promoted model in memory: texts in, the answers of its task out."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from api.model.bundle import CheckedBundle
from api.model.cost import measure, size_of
from api.model.engine import EngineError, load
from api.settings import EngineName
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import verify_manifest

WARM_UP_TEXTS = ("warming up", "a second text that is a little longer than the first one is", "")
WARM_UP_CALLS = 2
MEASURING_SECONDS = 1.0

Asked = Any  # a text as a model takes it: a str, or the Query of a retriever


class Model(ABC):
    """A checked bundle that has been loaded and warmed up. A subclass serves one task.

    Args:
        checked: the bundle, which lies in models/<name>/<number>.
        threads: TensorFlow threads per operation. The first model in a process decides for all.
        engine: how TensorFlow runs the model, see `api.model.engine`.
        longest: maximum number of characters in a text, for requests and for the measurement of the cost.

    Attributes:
        task: the task, as signature.json names it.
        work: the part of the service that works with the model, see `api.serving.tasks`.
        one: what a row of an answer belongs to, in words.
        shared: the part of the interface that all deployed versions must share, such as "labels".
        has_shadow: whether a shadow can be compared with the champion.
        shared_values: that part, such as the labels.
        inputs: the inputs that the model reads.
        name, number: from the folder's path.
        card: the bundle's card.
        digest: sha256 of the bundle's manifest.
        cost: the estimated cost of calls.
        loaded_at: seconds since 1970.
        max_characters: maximum number of characters in a text.
        explains: the unit of the scores that the model explains, such as "log_odds"; None if it explains nothing.

    Raises:
        BundleError: the bundle fails a check, changes while it is loaded, or its answers are not valid.
    """

    task: ClassVar[str]
    work: ClassVar[str]
    one: ClassVar[str] = "a text"
    shared: ClassVar[str]
    has_shadow: ClassVar[bool]
    _valid_answer: ClassVar[str]  # completes "answers numbers that are not ..."

    def __init__(self, checked: CheckedBundle, threads: int, engine: EngineName, longest: int) -> None:
        folder = checked.folder
        self.name, self.number = folder.resolve().parent.name, int(folder.name)
        self.card, self.digest, self.inputs = checked.card, checked.digest, checked.inputs
        self.max_characters, self.explains = longest, checked.explains
        self._title = f"The model {self.name} {self.number}"
        self.shared_values = self.interface(folder)
        self._open(folder)
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

    @abstractmethod
    def answer(self, texts: Sequence[Asked]) -> np.ndarray:
        """Answer n texts without lone surrogates.

        Returns:
            An array with a row for each text. The subclass states its content.

        Raises:
            EngineError: TensorFlow fails on a text.
        """

    def rows(self, texts: Sequence[Asked]) -> np.ndarray:
        """Answer n texts as `answer` does, with everything that a request is told about each text in its row."""
        return self.answer(texts)

    @staticmethod
    @abstractmethod
    def invalid_rows(answer: np.ndarray) -> np.ndarray | None:
        """The rows, as `rows` returns them, that are not valid: bool (n,), or None if all rows are valid."""

    @staticmethod
    def size(text: Asked) -> int:
        """The size of a text in bytes, on which the cost of a call depends."""
        return size_of(text)

    @staticmethod
    @abstractmethod
    def interface(folder: Path) -> tuple[str, ...]:
        """The part of the interface that all deployed versions must share, read from the bundle in `folder`.

        Raises:
            BundleError: it cannot be read.
        """

    @abstractmethod
    def description(self) -> dict[str, Any]:
        """The facts about the model that GET /models/info shows."""

    @abstractmethod
    def _open(self, folder: Path) -> None:
        """Open the files of the bundle that the task needs beside the graph."""

    def _asked(self, text: str) -> Asked:
        """A text as a request asks it, for the warm-up and for the measurement of the cost."""
        return text

    def _contents(self, texts: Sequence[Asked]) -> dict[str, list[bytes]]:
        """The values of n texts for the graph, by input."""
        return {"text": [text.encode("utf-8") for text in texts]}

    def _warm_up(self) -> None:
        """Answer one text and several texts, so that no request has to wait for the slow first calls."""
        for count in (1, len(WARM_UP_TEXTS)):
            for _ in range(WARM_UP_CALLS):
                self._answer_in_warm_up(WARM_UP_TEXTS[:count])

    def _answer_in_warm_up(self, texts: Sequence[str]) -> np.ndarray:
        """The answer to texts that no client sent.

        Raises:
            BundleError: the model fails, or its answer is not valid.
        """
        return self._checked_answer([self._asked(text) for text in texts])

    def _checked_answer(self, asked: Sequence[Asked]) -> np.ndarray:
        """The answer to what no client asked.

        Raises:
            BundleError: the model fails, or its answer is not valid.
        """
        try:
            answer = self.rows(asked)
        except EngineError as error:
            raise BundleError(f"{self._title} fails on {self.one}. Export the model again. {error}") from None
        if self.invalid_rows(answer) is not None:
            raise BundleError(
                f"{self._title} answers numbers that are not {self._valid_answer} for each text. "
                "Export the model again."
            )
        return answer

    def cancel(self) -> None:
        """End the calls in progress with an EngineError. The model answers no more."""
        self._engine.cancel()
