"""Feedback on a classifier: the right label of a prediction or of a text."""

from typing import Any

from api.context import current
from api.endpoints.bodies import checked_text, fields_of, json_object, unprocessable
from api.serving.feedback import Judged
from api.serving.service import Service
from api.serving.store import Prediction
from api.waiting import in_thread

FEEDBACK_FIELDS = ("label", "prediction_id")  # beside what was classified
SHOWN_LABELS = 20  # labels that the error of an unknown label lists


def judge_label(service: Service) -> dict[str, Any]:
    """Take the right label of a prediction that an id names, of a text, or of both if they belong together."""
    feedback, document = service.classification.feedback, json_object()
    if not {"label"} < document.keys() <= {"text", *FEEDBACK_FIELDS}:
        raise unprocessable(fields_of(document), 'Send "label" together with "prediction_id", "text" or both.')
    label = checked_label(document["label"], service.model.shared_values)
    prediction = prediction_of(document, service)
    return judged(in_thread(feedback.take, prediction, label, current().caller or ""), label)


def judged(taken: Judged, label: str) -> dict[str, Any]:
    """The answer to feedback that was taken."""
    context, (prediction, outcome) = current(), taken
    context.log_fields = {"feedback": outcome, "model": prediction.model, "version": prediction.version}
    return {
        "status": outcome,
        "label": label,
        "predicted": prediction.label,
        "model": {"name": prediction.model, "version": prediction.version},
        "request_id": context.request_id,
    }


def checked_label(label: Any, names: tuple[str, ...]) -> str:
    """`label`, if it is a label of the model.

    Raises:
        Problem: 422 for anything else.
    """
    if label not in names:
        raise unprocessable("The model does not have this label.", f"Send one of: {known_labels(names)}.")
    return label


def known_labels(names: tuple[str, ...]) -> str:
    """The first labels of a model in words, for an error."""
    rest = len(names) - SHOWN_LABELS
    return ", ".join(names[:SHOWN_LABELS]) + (f" and {rest:,} more, which GET /models/info lists" if rest > 0 else "")


def prediction_of(document: dict[str, Any], service: Service) -> Prediction:
    """The prediction that the feedback judges. For a text without an id, it is what the model predicts now."""
    text = checked_text(document["text"], "text", service.limits) if "text" in document else None
    if "prediction_id" in document:
        return service.classification.feedback.find(document["prediction_id"], text)
    assert text is not None, "the fields were checked"
    return service.classification.predictions.unnamed(text, current().caller or "")
