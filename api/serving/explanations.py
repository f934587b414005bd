"""Explanations: one at a time in each worker, with a lower priority than predictions."""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

from api.model.classifier import Classifier
from api.model.explanation import Explanation
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.admission import OverloadError
from api.serving.current_model import CurrentModel
from api.serving.spare_time import lower_priority
from api.settings import Settings
from api.waiting import Threads, thread_is_shared

Result = TypeVar("Result")


class ExplanationsFullError(OverloadError):
    """Too many explanations wait already."""


class ExplanationTooLateError(OverloadError):
    """The explanation was not computed in time."""


class NoExplanationError(Exception):
    """The model explains nothing: its export has no signature for it."""


class UnknownLabelError(Exception):
    """The model has no such class."""


class Explained(NamedTuple):
    """An explained text.

    Attributes:
        model: the model that answered.
        label: the class that is explained.
        probability: its probability.
        truncated: whether the model did not read the end of the text.
        explanation: what each word adds to the score.
    """

    model: Classifier
    label: str
    probability: float
    truncated: bool
    explanation: Explanation


class Explanations:
    """Explains texts in a thread of its own, which other threads go before.

    Args:
        settings: the limits.
        current: the models of this worker.
        metrics, telemetry: count the explanations.
    """

    def __init__(self, settings: Settings, current: CurrentModel, metrics: Metrics, telemetry: Telemetry) -> None:
        self._current, self._metrics, self._telemetry = current, metrics, telemetry
        self._seconds = settings.explain_seconds
        self._places = threading.BoundedSemaphore(1 + settings.explain_waiting)
        self._turn = threading.Lock()  # where each request has a thread of its own
        self._threads = Threads(1)

    def explain(self, text: str, label: str | None, caller: str = "") -> Explained:
        """Tell what each word of a text adds to the score of a class.

        Args:
            text: the text.
            label: the class; None for the one that the model predicts.
            caller: name of the caller, whose version explains as it predicts.

        Raises:
            NoExplanationError: the model cannot explain.
            UnknownLabelError: the model has no such class.
            ExplanationsFullError: too many explanations wait.
            ExplanationTooLateError: the deadline has passed.
            EngineError: the model failed on the text.
        """
        current = self._current
        model = cast(Classifier, current.get(current.workers.deployment.route(caller)))
        if model.explains is None:
            raise NoExplanationError
        if label is not None and label not in model.label_names:
            raise UnknownLabelError
        if not self._places.acquire(blocking=False):
            raise ExplanationsFullError(1)
        deadline = time.monotonic() + self._seconds
        return self._within_deadline(self._explained, model, text, label, deadline)

    def _within_deadline(self, function: Callable[..., Result], *arguments: Any) -> Result:
        if not thread_is_shared():
            with self._turn:
                return function(*arguments)
        import gevent

        with gevent.Timeout(self._seconds, ExplanationTooLateError(1)):
            return self._threads.run(_at_low_priority, function, *arguments)

    def _explained(self, model: Classifier, text: str, label: str | None, deadline: float) -> Explained:
        try:
            started = time.perf_counter()
            if time.monotonic() > deadline:
                raise ExplanationTooLateError(1)
            row = model.rows([text])[0]
            probabilities, names = row["probabilities"], model.label_names
            label = names[int(probabilities.argmax())] if label is None else label
            explanation = model.explain(text, label)
            seconds = time.perf_counter() - started
            self._metrics.observe_explanation(seconds, model.number)
            self._telemetry.explanation(seconds, model.number)
            probability = float(probabilities[names.index(label)])
            return Explained(model, label, probability, bool(row["truncated"]), explanation)
        finally:
            self._places.release()  # not before, even if the request has given up


def _at_low_priority(function: Callable[..., Result], *arguments: Any) -> Result:
    lower_priority()
    return function(*arguments)
