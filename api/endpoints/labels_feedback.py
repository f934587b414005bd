"""Feedback on a model for several labels per text: the right labels of a prediction or of a text."""

import json
from typing import Any

from api.context import current
from api.endpoints.bodies import fields_of, json_object, kind_of_value, unprocessable
from api.endpoints.label_feedback import known_labels, prediction_of
from api.model.label_classifier import written
from api.serving.service import Service
from api.waiting import in_thread

FIELDS = {"labels", "prediction_id", "text"}


def judge_labels(service: Service) -> dict[str, Any]:
    """Take all right labels of a prediction that an id names, of a text, or of both if they belong together."""
    context, feedback, document = current(), service.classification.feedback, json_object()
    if not {"labels"} < document.keys() <= FIELDS:
        raise unprocessable(fields_of(document), 'Send "labels" together with "prediction_id", "text" or both.')
    right = checked_labels(document["labels"], service.model.shared_values)
    prediction, outcome = in_thread(
        feedback.take, prediction_of(document, service), written(right), context.caller or ""
    )
    context.log_fields = {"feedback": outcome, "model": prediction.model, "version": prediction.version}
    return {
        "status": outcome,
        "labels": right,
        "predicted": json.loads(prediction.label),
        "model": {"name": prediction.model, "version": prediction.version},
        "request_id": context.request_id,
    }


def checked_labels(labels: Any, names: tuple[str, ...]) -> list[str]:
    """`labels` in the model's order, if each of them is a different label of the model.

    Raises:
        Problem: 422 for anything else.
    """
    if not isinstance(labels, list):
        raise unprocessable(
            f'"labels" is {kind_of_value(labels)}, not a list.', "Send a list with all right labels, [] for none."
        )
    if any(label not in names for label in labels):
        raise unprocessable("The model does not have one of these labels.", f"Send some of: {known_labels(names)}.")
    if len(set(labels)) < len(labels):
        raise unprocessable("A label occurs twice.", "Send each right label once.")
    return [name for name in names if name in labels]
