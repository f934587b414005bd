"""Feedback on predictions. Each piece of feedback becomes a line of a dataset and an event, and may raise an alert."""

import base64
import json
import logging
import time
from typing import Any, Literal, NamedTuple

from api.model.examples import Example, remembered_example
from api.serving.feedback_keeper import ANONYMOUS, FeedbackKeeper
from api.serving.judgements import Judgement, Taken
from api.serving.store import Prediction

Outcome = Literal["confirmed", "rejected"]


class UnknownPredictionError(LookupError):
    """No prediction with this id is remembered."""


class OtherTextError(ValueError):
    """The prediction with this id was made for another text or example."""


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
            text: the remembered text of what the client sent with the id, if anything. It must be the prediction's.

        Raises:
            UnknownPredictionError: no remembered prediction has this id.
            OtherTextError: the prediction was made for another text or example.
            StateUnavailableError: the predictions cannot be read.
            SealError: the prediction is sealed, and its key is missing or another one.
        """
        prediction = self.remembered(identifier)
        if prediction is None or not prediction.label or not self._is_judged_here(prediction):  # a search has no label
            raise UnknownPredictionError
        if text not in (None, prediction.text):
            raise OtherTextError
        return prediction

    def take(self, prediction: Prediction, label: str, caller: str, asked: Any = None) -> Judged:
        """Keep and count `label` as the right label for the text or the example of `prediction`.

        Repeated feedback gets the same answer and is not kept again: the same label for a prediction, or for a text
        from the same caller within an hour.

        Args:
            prediction: the prediction.
            label: the right label.
            caller: the name of the caller.
            asked: the text or the example itself, if the client sent it.

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
            _line(prediction, self._labels(prediction, label), self.hashed(caller), self._inputs(prediction, asked)),
        )
        taken = self.keep(judgement)
        return Judged(taken.prediction, _outcome(taken.prediction, label))

    def count(self, judgement: Judgement, taken: Taken) -> None:
        """Count a judgement that was kept, and report it as an event. An alert that is due is raised."""
        prediction = judgement.prediction
        outcome = _outcome(prediction, judgement.label)
        self.metrics.feedback.labels(outcome, prediction.version).inc()
        model: dict[str, object] = {"model": prediction.model, "version": prediction.version}
        labels: dict[str, object] = {"predicted": prediction.label, "label": judgement.label}
        self.emit(f"prediction_{outcome}", model | labels | self._facts(prediction))
        if taken.raises_alert:
            self.metrics.alerts.inc()
            rules = self.judgements.rules
            window: dict[str, object] = {"rejections": rules.rejections, "minutes": rules.window_seconds / 60}
            self.emit("misclassification_alert", model | window, logging.WARNING)

    @staticmethod
    def _labels(prediction: Prediction, label: str) -> dict[str, object]:
        """The part of a line of feedback that holds the right label and the predicted one."""
        return {"label": label, "predicted": prediction.label}

    def _is_judged_here(self, prediction: Prediction) -> bool:
        """Return whether the prediction was made for a text. The service may have run a model of examples before."""
        return remembered_example(prediction.text) is None

    def _inputs(self, prediction: Prediction, asked: Any) -> dict[str, str]:
        """The part of a line of feedback that holds what was classified."""
        return {"text": prediction.text}

    def _facts(self, prediction: Prediction) -> dict[str, object]:
        """The facts about a text that may stand in a log."""
        return {"text_hash": self.hashed(prediction.text), "text_length": len(prediction.text)}


class LabelsFeedback(Feedback):
    """Accepts the right labels of predictions of a model for several labels per text."""

    @staticmethod
    def _labels(prediction: Prediction, label: str) -> dict[str, object]:
        return {"labels": json.loads(label), "predicted": json.loads(prediction.label)}

    def _is_judged_here(self, prediction: Prediction) -> bool:
        """Return whether the prediction holds a list. The service may have run a model of classes before."""
        try:
            return super()._is_judged_here(prediction) and isinstance(json.loads(prediction.label), list)
        except ValueError:
            return False


class ExampleFeedback(Feedback):
    """Accepts the right labels of predictions for examples.

    Attributes:
        keeps_pictures: whether a picture that comes with feedback is kept, and not only its sha256.
    """

    keeps_pictures = False

    def _is_judged_here(self, prediction: Prediction) -> bool:
        return remembered_example(prediction.text) is not None

    def _inputs(self, prediction: Prediction, asked: Example | None) -> dict[str, str]:
        remembered = remembered_example(prediction.text)
        assert remembered is not None, "it was checked"
        inputs = dict(remembered.texts)
        for name, digest in remembered.digests.items():
            if asked is not None and self.keeps_pictures:
                inputs[name] = base64.b64encode(asked.contents[name]).decode()
            else:
                inputs[f"{name}_sha256"] = digest
        return inputs

    def _facts(self, prediction: Prediction) -> dict[str, object]:
        remembered = remembered_example(prediction.text)
        assert remembered is not None, "it was checked"
        length = sum(map(len, remembered.texts.values()))
        return {"example_hash": self.hashed(prediction.text), "text_length": length}


def _outcome(prediction: Prediction, label: str) -> Outcome:
    return "confirmed" if prediction.label == label else "rejected"


def _line(prediction: Prediction, labels: dict[str, object], caller: str, inputs: dict[str, str]) -> bytes:
    line = {
        **inputs,
        **labels,
        "model": prediction.model,
        "version": prediction.version,
        "prediction_id": prediction.id,
        "time": round(time.time(), 3),
        "caller": caller,
    }
    return json.dumps(line, ensure_ascii=False).encode()
