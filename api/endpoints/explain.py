"""POST /explain: the words of a text that speak for and against a class."""

import json
from typing import Any

from flask import Blueprint, Response, current_app

from api.access.guard import needs
from api.context import current
from api.endpoints.bodies import checked_text, fields_of, json_object, kind_of_value, unprocessable
from api.serving.explanations import Explained, UnknownLabelError
from api.serving.service import service_of

blueprint = Blueprint("explain", __name__)

ENCODER = json.JSONEncoder(ensure_ascii=False)
DIGITS = 6


@blueprint.post("/explain")
@needs("explain", opened_by="open")
def explain() -> Response:
    """Answer with what each word adds to the score of a class."""
    service, context = service_of(current_app), current()
    explanations = service.classification.explanations
    document = json_object()
    if document.keys() - {"label"} != {"text"}:
        raise unprocessable(
            fields_of(document), 'Send "text", and "label" to explain another class than the predicted one.'
        )
    text, label = checked_text(document["text"], "text", service.limits), document.get("label")
    if "label" in document and not isinstance(label, str):
        raise unprocessable(f'"label" is {kind_of_value(label)}, not a string.', "Send the name of a class.")
    try:
        explained = explanations.explain(text, label, context.caller or "")
    except UnknownLabelError:
        names = ", ".join(service.model.shared_values)
        raise unprocessable('"label" is not a class of the model.', f"Send one of: {names}.") from None
    model = explained.model
    context.log_fields = {"explained": 1, "model": model.name, "version": model.number}
    return Response(
        ENCODER.encode(
            {
                **_document(text, explained),
                "model": {"name": model.name, "version": model.number},
                "request_id": context.request_id,
            }
        ),
        content_type="application/json",
    )


def _document(text: str, explained: Explained) -> dict[str, Any]:
    found = explained.explanation
    places = zip(found.starts.tolist(), found.ends.tolist(), found.contributions.tolist(), strict=True)
    return {
        "label": explained.label,
        "probability": round(explained.probability, DIGITS),
        "unit": explained.model.explains,
        "score": round(found.score, DIGITS),
        "base": round(found.base, DIGITS),
        "remainder": round(found.remainder, DIGITS),
        "words": [
            {"word": text[start:end], "start": start, "end": end, "contribution": round(added, DIGITS)}
            for start, end, added in places
        ],
        **({"truncated": True} if explained.truncated else {}),
    }
