"""Feedback on predictions. Each becomes a line of a dataset and an event, and may raise an alert."""

import fcntl
import json
import logging
import os
import re
import time
from pathlib import Path
from typing import Literal

from api.observing.events import TextHash, emit
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry
from api.serving.store import Prediction, Store
from api.settings import Settings

FILE = "feedback.jsonl"
IDENTIFIER = re.compile("[0-9a-f]{36}")

Outcome = Literal["confirmed", "rejected"]


class UnknownPredictionError(LookupError):
    """No prediction with this id is remembered."""


class OtherTextError(ValueError):
    """The prediction with this id was made for another text."""


class RepeatedFeedbackError(RuntimeError):
    """Feedback for this prediction has been received before."""


class FeedbackNotWrittenError(RuntimeError):
    """The file of feedback cannot be written. The client may send the feedback again."""


class Feedback:
    """Takes the right labels of predictions.

    Args:
        settings: the state folder and the alert window.
        store: remembers predictions and rejections for all workers.
        metrics, telemetry: where outcomes are counted.
    """

    def __init__(self, settings: Settings, store: Store, metrics: Metrics, telemetry: Telemetry) -> None:
        self._store, self._metrics, self._telemetry = store, metrics, telemetry
        self._path = settings.state / FILE
        self._window: dict[str, int | float] = {
            "rejections": settings.alert_rejections,
            "minutes": settings.alert_minutes,
        }
        self._hash = TextHash(settings.state)

    def find(self, identifier: object, text: str | None = None) -> Prediction:
        """The remembered prediction with this id, which is now marked as judged.

        Args:
            identifier: the id.
            text: the text that the client names beside the id, if it does. The two must belong together.

        Raises:
            UnknownPredictionError: there is none.
            OtherTextError: it was made for another text. It is not marked.
            RepeatedFeedbackError: it was judged before.
        """
        known = isinstance(identifier, str) and IDENTIFIER.fullmatch(identifier)
        found = self._store.answered(str(identifier), text) if known else None
        if found is None:
            raise UnknownPredictionError
        prediction, is_first = found
        if text not in (None, prediction.text):
            raise OtherTextError
        if not is_first:
            raise RepeatedFeedbackError
        return prediction

    def take(self, prediction: Prediction, label: str) -> Outcome:
        """Store and count `label` as the right label for the text of `prediction`.

        Raises:
            FeedbackNotWrittenError: nothing was written or counted.
        """
        try:
            _append(self._path, prediction, label)
        except OSError:
            if prediction.id:
                self._store.unanswered(prediction.id)
            raise FeedbackNotWrittenError from None
        outcome: Outcome = "confirmed" if prediction.label == label else "rejected"
        self._count(prediction, label, outcome)
        return outcome

    def _count(self, prediction: Prediction, label: str, outcome: Outcome) -> None:
        self._metrics.feedback.labels(outcome, prediction.version).inc()
        model: dict[str, object] = {"model": prediction.model, "version": prediction.version}
        text = {"text_hash": self._hash(prediction.text), "text_length": len(prediction.text)}
        self._emit(f"prediction_{outcome}", model | {"predicted": prediction.label, "label": label} | text)
        if outcome == "rejected" and self._store.reject():
            self._metrics.alerts.inc()
            self._emit("misclassification_alert", model | self._window, logging.WARNING)

    def _emit(self, name: str, fields: dict[str, object], level: int = logging.INFO) -> None:
        emit(name, fields, level)
        self._telemetry.event(name, fields)


def _append(path: Path, prediction: Prediction, label: str) -> None:
    """Add a line to the file, which textlab reads as a dataset (`file:feedback.jsonl`)."""
    line = {
        "text": prediction.text,
        "label": label,
        "predicted": prediction.label,
        "model": prediction.model,
        "version": prediction.version,
        "prediction_id": prediction.id,
        "time": round(time.time(), 3),
    }
    content = (json.dumps(line, ensure_ascii=False) + "\n").encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # no other worker writes between the parts of a line
        _write_whole(descriptor, content)
    finally:
        os.close(descriptor)


def _write_whole(descriptor: int, content: bytes) -> None:
    """Write all of `content` or none of it."""
    before = os.fstat(descriptor).st_size
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except OSError:
        os.ftruncate(descriptor, before)
        raise
