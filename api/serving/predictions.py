"""Predictions: texts are classified in batches, counted, and remembered for feedback."""

import time
from collections.abc import Callable
from typing import NamedTuple, cast

from api.model.classifier import Classifier
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.answering import Answering
from api.serving.batching import never
from api.serving.identifiers import new_identifiers
from api.serving.shadow import Shadow
from api.serving.store import Prediction, Store
from api.serving.traffic import Traffic


class Answered(NamedTuple):
    """The answer to one request.

    Attributes:
        model: the model that answered.
        predictions: one for each text.
        probabilities: a row for each text, with a value for each of the model's labels.
    """

    model: Classifier
    predictions: list[Prediction]
    probabilities: list[list[float]]


class Predictions:
    """Classifies texts, and keeps and counts the predictions.

    Args:
        answering: calls the models.
        store: remembers the predictions.
        traffic: records them for monitoring.
        shadow: compares the champion's answers with another version.
        metrics, telemetry: count them.
    """

    def __init__(
        self,
        answering: Answering,
        store: Store,
        traffic: Traffic,
        shadow: Shadow,
        metrics: Metrics,
        telemetry: Telemetry,
    ) -> None:
        self._answering = answering
        self._store, self._traffic, self._shadow = store, traffic, shadow
        self._metrics, self._telemetry = metrics, telemetry
        shadow.busy_clock = lambda: answering.busy_seconds

    def predict(self, texts: list[str], caller: str = "", is_abandoned: Callable[[], bool] = never) -> Answered:
        """Classify texts and remember the predictions.

        Args:
            texts: the texts.
            caller: name of the caller.
            is_abandoned: returns whether the client has disconnected.

        Raises:
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `Answering.answer` does.
        """
        answered, array = self._answering.answer(texts, caller, is_abandoned)
        model = cast(Classifier, answered)
        rows, names, now = array.tolist(), model.label_names, time.time()
        labels = [names[row.index(max(row))] for row in rows]
        predictions = [
            Prediction(identifier, now, model.name, model.number, label, text)
            for identifier, label, text in zip(new_identifiers(len(texts)), labels, texts, strict=True)
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
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `Answering.answer` does.
        """
        answered, array = self._answering.answer([text], caller)
        model = cast(Classifier, answered)
        return Prediction("", time.time(), model.name, model.number, model.label_names[array[0].argmax()], text)
