"""POST /feedback: whether a prediction was right. It becomes a dataset file, an event, and perhaps an alert."""

import fcntl
import json
import os
import re
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, g

from api.access.guard import needs
from api.endpoints.bodies import checked_text, json_object, unprocessable
from api.endpoints.predict import answers
from api.problems import Problem
from api.serving.service import Service, of
from api.serving.store import Prediction
from api.waiting import in_thread

blueprint = Blueprint("feedback", __name__)

FILE = "feedback.jsonl"
IDENTIFIER = re.compile("[0-9a-f]{36}")


@blueprint.post("/feedback")
@needs("feedback")
def feedback() -> dict[str, Any]:
    """Take the right label of a prediction, named by its id, or of a text."""
    service = of(current_app)
    document = json_object()
    label = _checked_label(document, service)
    prediction = _prediction(document, service)
    in_thread(_keep, service, prediction, label)
    outcome = in_thread(service.feedback, prediction, label)
    g.log_fields = {"feedback": outcome, "model": prediction.model, "version": prediction.version}
    return {
        "status": outcome,
        "label": label,
        "predicted": prediction.label,
        "model": {"name": prediction.model, "version": prediction.version},
        "request_id": g.request_id,
    }


def _checked_label(document: dict[str, Any], service: Service) -> str:
    if document.keys() not in ({"prediction_id", "label"}, {"text", "label"}):
        raise unprocessable(
            "An object with other fields.", '"label" and either "prediction_id" or "text".', "Send these two fields."
        )
    label, names = document["label"], service.model.label_names
    if label not in names:
        raise unprocessable(
            "A label that the model does not know.", f"One of {', '.join(names)}.", "Send one of these."
        )
    return label


def _prediction(document: dict[str, Any], service: Service) -> Prediction:
    """What the feedback is about; of a text, what the model says to it now."""
    if "text" in document:
        text = checked_text(document["text"], "text", service.settings)
        model, probabilities = answers(service, [text])
        return Prediction("", time.time(), model.name, model.number, model.label_names[probabilities[0].argmax()], text)
    identifier = document["prediction_id"]
    known = isinstance(identifier, str) and IDENTIFIER.fullmatch(identifier)
    found = in_thread(service.store.answered, identifier) if known else None
    if found is None:
        raise Problem(
            404,
            "A prediction_id that nobody remembers.",
            f"The id of a prediction of the last {service.settings.remember_minutes:g} minutes.",
            'Send "text" in its place.',
        )
    prediction, first = found
    if not first:
        raise Problem(409, "A second feedback on a prediction.", "One.", "Leave it; the first one counts.")
    return prediction


def _keep(service: Service, prediction: Prediction, label: str) -> None:
    try:
        _append(service.settings.state / FILE, prediction, label)
    except OSError:
        if prediction.id:
            service.store.unanswered(prediction.id)
        raise Problem(
            503,
            "Feedback that could not be written.",
            "A disk with room for it.",
            "Try again later.",
            {"Retry-After": "60"},
        ) from None


def _append(path: Path, prediction: Prediction, label: str) -> None:
    """Add a line to the file that textlab reads as a dataset (`file:feedback.jsonl`)."""
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
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # a line is whole even where the disk takes it in two parts
        before = os.fstat(descriptor).st_size
        try:
            while content:
                content = content[os.write(descriptor, content) :]
        except OSError:
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)
