"""Predictions: texts or examples are classified in batches, counted, and remembered for feedback."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from api.model.bundle import TEXT
from api.model.classifier import Classifier
from api.model.model import Asked
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.answering import Answering
from api.serving.batching import never
from api.serving.identifiers import new_identifiers
from api.serving.shadow import Shadow
from api.serving.store import Prediction, Store
from api.serving.traffic import Traffic
from textlab.bundle_format.decisions import ABSTAIN, Decision


class Answered(NamedTuple):
    """The answer to one request.

    Attributes:
        model: the model that answered.
        predictions: one for each text.
        probabilities: a row for each text, with a value for each of the model's labels.
        truncated: for each text, whether the model did not read its end.
        decisions: for each text, what the model's rules decide; None for a model without rules.
    """

    model: Classifier
    predictions: list[Prediction]
    probabilities: list[list[float]]
    truncated: list[bool]
    decisions: list[Decision] | None = None


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

    def predict(self, asked: Sequence[Asked], caller: str = "", is_abandoned: Callable[[], bool] = never) -> Answered:
        """Classify texts or examples and remember the predictions.

        Args:
            asked: the texts or examples.
            caller: name of the caller.
            is_abandoned: returns whether the client has disconnected.

        Raises:
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `Answering.answer` does.
        """
        answered, array = self._answering.answer(asked, caller, is_abandoned)
        model = cast(Classifier, answered)
        rows, names, now = array["probabilities"].tolist(), model.label_names, time.time()
        truncated: list[bool] = array["truncated"].tolist()
        labels, texts = model.named(rows), self._remembered(asked)
        predictions = [
            Prediction(identifier, now, model.name, model.number, label, text)
            for identifier, label, text in zip(new_identifiers(len(texts)), labels, texts, strict=True)
        ]
        self._store.remember(predictions, caller)
        recorded, others = self._recorded(asked, predictions)
        self._traffic.record(recorded, names, rows, caller, others)
        self._shadow.offer(model, asked, predictions, rows)
        counted = model.counted(labels)
        self._metrics.observe_predictions(counted, sum(truncated), model.number)
        self._telemetry.predictions(counted, model.number)
        decisions = model.decisions.decide(array["probabilities"]) if model.decisions else None
        if decisions:
            abstained = sum(decision.label == ABSTAIN for decision in decisions)
            self._metrics.observe_abstentions(abstained, model.number)
        return Answered(model, predictions, rows, truncated, decisions)

    def unnamed(self, asked: Asked, caller: str = "") -> Prediction:
        """Predict the class of a text or an example as for `predict`, without counting or remembering it.

        Raises:
            TooLargeError, QueueFullError, TooLateError, InvalidAnswerError, EngineError: as `Answering.answer` does.
        """
        answered, array = self._answering.answer([asked], caller)
        model, (text,) = cast(Classifier, answered), self._remembered([asked])
        (label,) = model.named(array["probabilities"].tolist())
        return Prediction("", time.time(), model.name, model.number, label, text)

    @staticmethod
    def _remembered(asked: Sequence[Asked]) -> Sequence[str]:
        """The texts themselves, because the store remembers texts as they are."""
        return asked

    @staticmethod
    def _recorded(
        asked: Sequence[Asked], predictions: list[Prediction]
    ) -> tuple[list[Prediction], Sequence[Mapping[str, bytes]]]:
        """The predictions with their texts, and the bytes of each example's other inputs, for the record of traffic."""
        return predictions, ()


class ExamplePredictions(Predictions):
    """Classifies examples, of which the store remembers the texts, and the sha256 of pictures."""

    @staticmethod
    def _remembered(asked: Sequence[Asked]) -> Sequence[str]:
        return [example.remembered for example in asked]

    @staticmethod
    def _recorded(
        asked: Sequence[Asked], predictions: list[Prediction]
    ) -> tuple[list[Prediction], Sequence[Mapping[str, bytes]]]:
        texts = [
            prediction._replace(text=example.texts.get(TEXT, ""))
            for example, prediction in zip(asked, predictions, strict=True)
        ]
        return texts, [{name: each for name, each in example.contents.items() if name != TEXT} for example in asked]
