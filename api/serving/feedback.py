"""Feedback on predictions. Each piece of feedback becomes a line of a dataset and an event, and may raise an alert."""

import json
import logging
import time
from typing import Literal, NamedTuple

from api.serving.feedback_keeper import ANONYMOUS, FeedbackKeeper
from api.serving.judgements import Judgement, Taken
from api.serving.store import Prediction

Outcome = Literal["confirmed", "rejected"]


class UnknownPredictionError(LookupError):
    """No prediction with this id is remembered."""


class OtherTextError(ValueError):
    """The prediction with this id was made for another text."""


class Judged(NamedTuple):
    """The answer to feedback.

    Attributes:
        prediction: the judged prediction.
        outcome: "confirmed" if the model had predicted the right label, else "rejected".
    """

    prediction: Prediction
    outcome: Outcome


class Feedback(FeedbackKeeper):
    """Accepts the right labels of predictions."""

    def find(self, identifier: object, text: str | None = None) -> Prediction:
        """The remembered prediction with this id.

        Args:
            identifier: the id.
            text: the text that the client sent with the id, if any. It must be the text of the prediction.

        Raises:
            UnknownPredictionError: no remembered prediction has this id.
            OtherTextError: the prediction was made for another text.
            StateUnavailableError: the predictions cannot be read.
            SealError: the prediction is sealed, and its key is missing or another one.
        """
        prediction = self.remembered(identifier)
        if prediction is None or not prediction.label:  # a search has no label
            raise UnknownPredictionError
        if text not in (None, prediction.text):
            raise OtherTextError
        return prediction

    def take(self, prediction: Prediction, label: str, caller: str) -> Judged:
        """Keep and count `label` as the right label for the text of `prediction`.

        Repeated feedback gets the same answer and is not kept again: the same label for a prediction, or for a text
        from the same caller within an hour.

        Args:
            prediction: the prediction.
            label: the right label.
            caller: the name of the caller.

        Raises:
            RepeatedFeedbackError: another label was received for this prediction before.
            CallerFullError, FeedbackFullError, StateUnavailableError, SealError: nothing was kept or counted.
        """
        judgement = Judgement(
            prediction,
            label,
            self.hashed(caller),
            caller.startswith(ANONYMOUS),
            self.hashed(json.dumps([caller, prediction.text, label])),
            _line(prediction, label, self.hashed(caller)),
        )
        taken = self.keep(judgement)
        return Judged(taken.prediction, _outcome(taken.prediction, label))

    def count(self, judgement: Judgement, taken: Taken) -> None:
        """Count a judgement that was kept, and report it as an event. An alert that is due is raised."""
        prediction = judgement.prediction
        outcome = _outcome(prediction, judgement.label)
        self.metrics.feedback.labels(outcome, prediction.version).inc()
        model: dict[str, object] = {"model": prediction.model, "version": prediction.version}
        text = {"text_hash": self.hashed(prediction.text), "text_length": len(prediction.text)}
        self.emit(f"prediction_{outcome}", model | {"predicted": prediction.label, "label": judgement.label} | text)
        if taken.raises_alert:
            self.metrics.alerts.inc()
            rules = self.judgements.rules
            window: dict[str, object] = {"rejections": rules.rejections, "minutes": rules.window_seconds / 60}
            self.emit("misclassification_alert", model | window, logging.WARNING)


def _outcome(prediction: Prediction, label: str) -> Outcome:
    return "confirmed" if prediction.label == label else "rejected"


def _line(prediction: Prediction, label: str, caller: str) -> bytes:
    line = {
        "text": prediction.text,
        "label": label,
        "predicted": prediction.label,
        "model": prediction.model,
        "version": prediction.version,
        "prediction_id": prediction.id,
        "time": round(time.time(), 3),
        "caller": caller,
    }
    return json.dumps(line, ensure_ascii=False).encode()
