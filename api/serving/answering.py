"""Answering texts with the champion, or with the canary for its share of the callers, whatever the task."""

from collections.abc import Callable, Sequence

from api.model.model import Asked, Model
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.batching import Batcher, never
from api.serving.canary import Canary
from api.serving.current_model import CurrentModel
from api.serving.hung_calls import end_process, watch_shared_calls
from api.serving.model_calls import ModelCalls
from api.serving.slices import Answer
from api.settings import Settings


class Answering:
    """The queue in front of the deployed versions.

    Args:
        settings: limits of batches and queue.
        current: the models of this worker.
        metrics, telemetry: count the model calls.
    """

    def __init__(self, settings: Settings, current: CurrentModel, metrics: Metrics, telemetry: Telemetry) -> None:
        self._route = current.workers.deployment.route
        self._metrics, self._telemetry = metrics, telemetry
        deadline_seconds = settings.deadline_ms / 1e3
        canary = Canary(current, metrics.versions)
        calls = ModelCalls(canary.predict, deadline_seconds, end_process, not current.workers.has_hung)
        self.batcher = Batcher(
            calls,
            lambda route: (current.model if route == "champion" else current.get(route)).cost,
            settings.batch_size,
            settings.batch_wait_ms / 1e3,
            settings.queue_size,
            deadline_seconds,
            self._observe_call,
            canary.end_hung,
            current.model.invalid_rows,  # all versions of a run have one task
            current.model.size,
        )
        watch_shared_calls(calls, current.workers)

    @property
    def waiting(self) -> int:
        """The number of waiting texts."""
        return self.batcher.waiting

    @property
    def busy_seconds(self) -> float:
        """The seconds in which a request was in progress until now."""
        return self.batcher.busy_seconds

    def answer(self, texts: Sequence[Asked], caller: str = "", is_abandoned: Callable[[], bool] = never) -> Answer:
        """Answer texts. Returns the model that answered, and an array with a row for each text.

        Args:
            texts: the texts.
            caller: name of the caller.
            is_abandoned: returns whether the client has disconnected.

        Raises:
            TooLargeError: the model cannot answer so many texts before the deadline.
            QueueFullError: too much work is waiting.
            TooLateError: the deadline has passed.
            InvalidAnswerError: the model answered numbers that its task does not allow.
            EngineError: the model failed on a text.
        """
        return self.batcher.submit(texts, caller, is_abandoned, self._route(caller))

    def close(self) -> None:
        """Answer the waiting requests, and accept no more."""
        self.batcher.close()

    def _observe_call(self, model: Model, texts: int, seconds: float) -> None:
        self._metrics.observe_call(texts, seconds, self.batcher.waiting, model.number)
        self._telemetry.call(texts, seconds)
