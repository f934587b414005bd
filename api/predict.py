"""POST /predict."""

import json
import secrets

from flask import Blueprint, Response, current_app, g

from api.batching import Answer, QueueFullError, TooLateError
from api.bodies import json_object, texts_of
from api.errors import Problem
from api.service import Service, of

blueprint = Blueprint("predict", __name__)


@blueprint.post("/predict")
def predict() -> Response:
    """Probabilities of one text or several."""
    service = of(current_app)
    texts = texts_of(json_object(), service.settings)
    model, probabilities = _answers(service, texts)
    names = model.label_names
    predictions = [
        {
            "prediction_id": secrets.token_hex(12),
            "label": names[row.argmax()],
            "probabilities": {name: round(value, 6) for name, value in zip(names, row.tolist(), strict=True)},
        }
        for row in probabilities
    ]
    g.log_fields = {"texts": len(texts), "model": model.name, "version": model.number}
    document = {
        "predictions": predictions,
        "model": {"name": model.name, "version": model.number},
        "request_id": g.request_id,
    }
    return Response(json.dumps(document, ensure_ascii=False), content_type="application/json")


def _answers(service: Service, texts: list[str]) -> Answer:
    try:
        return service.batcher.submit(texts, service.settings.deadline_ms / 1e3)
    except QueueFullError:
        raise _busy(f"{len(texts)} texts while {service.batcher.waiting} wait already.") from None
    except TooLateError:
        raise _busy(f"{len(texts)} texts that could not be answered in {service.settings.deadline_ms} ms.") from None


def _busy(came: str) -> Problem:
    return Problem(503, came, "A service with time to spare.", "Try again in a second.", {"Retry-After": "1"})
