"""Predictions: texts are answered in batches, counted, and remembered for feedback."""

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from api.model.model import Model
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.batching import Batcher, never
from api.serving.canary import Canary
from api.serving.current_model import CurrentModel
from api.serving.hung_calls import end_process, watch_shared_calls
from api.serving.model_calls import ModelCalls
from api.serving.shadow import Shadow
from api.serving.store import Prediction, Store
from api.serving.traffic import Traffic
from api.settings import Settings

ID_BYTES = 12


class Answered(NamedTuple):
    """The answer to one request.

    Attributes:
        model: the model that answered.
        predictions: one for each text.
        probabilities: a row for each text, with a value for each of the model's labels.
    """

    model: Model
    predictions: list[Prediction]
    probabilities: list[list[float]]


class Predictions:
    """Answers texts with the champion, or with the canary for its share of the callers.

    Args:
        settings: limits of batches and queue.
        current: the models of this worker.
        store: remembers the predictions.
        traffic: records them for monitoring.
        shadow: compares the champion's answers with another version.
        metrics, telemetry: count them.
    """

    def __init__(
        self,
        settings: Settings,
        current: CurrentModel,
        store: Store,
        traffic: Traffic,
        shadow: Shadow,
        metrics: Metrics,
        telemetry: Telemetry,
    ) -> None:
        self._route = current.workers.deployment.route
        self._store, self._traffic, self._shadow = store, traffic, shadow
        self._metrics, self._telemetry = metrics, telemetry
        deadline_seconds = settings.deadline_ms / 1e3
        trusts_model = not current.workers.has_hung
        canary = Canary(current, metrics.versions)
        calls = ModelCalls(canary.predict, deadline_seconds, end_process, trusts_model)
        self.batcher = Batcher(
            calls,
            lambda route: (current.model if route == "champion" else current.get(route)).cost,
            settings.batch_size,
            settings.batch_wait_ms / 1e3,
            settings.queue_size,
            deadline_seconds,
            self._observe_call,
            canary.end_hung,
        )
        shadow.busy_clock = lambda: self.batcher.busy_seconds
        watch_shared_calls(calls, current.workers)

    @property
    def waiting(self) -> int:
        """The number of waiting texts."""
        return self.batcher.waiting

    def close(self) -> None:
        """Answer the waiting requests, and accept no more."""
        self.batcher.close()

    def predict(self, texts: list[str], caller: str = "", is_abandoned: Callable[[], bool] = never) -> Answered:
        """Classify texts and remember the predictions.

        Args:
            texts: the texts.
            caller: name of the caller.
            is_abandoned: returns whether the client has disconnected.

        Raises:
            TooLargeError: the model cannot answer so many texts before the deadline.
            QueueFullError: too much work is waiting.
            TooLateError: the deadline has passed.
            InvalidAnswerError: the model answered numbers that are not probabilities.
            EngineError: the model failed on a text.
        """
        model, array = self.batcher.submit(texts, caller, is_abandoned, self._route(caller))
        rows, names, now = array.tolist(), model.label_names, time.time()
        labels = [names[row.index(max(row))] for row in rows]
        predictions = [
            Prediction(identifier, now, model.name, model.number, label, text)
            for identifier, label, text in zip(_identifiers(len(texts)), labels, texts, strict=True)
        ]
        self._store.remember(predictions, caller)
        self._traffic.record(predictions, names, rows, caller)
        self._shadow.offer(model, predictions, rows)
        self._metrics.observe_predictions(labels, model.number)
        self._telemetry.predictions(labels, model.number)
        return Answered(model, predictions, rows)

    def unnamed(self, text: str, caller: str = "") -> Prediction:
        """Predict the class of a text as for `predict`, without counting or remembering it.

        Raises:
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `predict` does.
        """
        model, array = self.batcher.submit([text], caller, route=self._route(caller))
        return Prediction("", time.time(), model.name, model.number, model.label_names[array[0].argmax()], text)

    def _observe_call(self, model: Model, texts: int, seconds: float) -> None:
        self._metrics.observe_call(texts, seconds, self.batcher.waiting, model.number)
        self._telemetry.call(texts, seconds)


def _identifiers(count: int) -> list[str]:
    """Random ids that cannot be guessed. They begin with the time, so that the store's index grows only at its end."""
    moment = f"{time.time_ns() // 1_000_000:012x}"
    digits = os.urandom(ID_BYTES * count).hex()
    return [moment + digits[start : start + 2 * ID_BYTES] for start in range(0, len(digits), 2 * ID_BYTES)]
