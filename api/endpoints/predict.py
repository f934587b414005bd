"""POST /predict."""

import json
import os
import time

from flask import Blueprint, Response, current_app, g

from api.access.guard import needs
from api.context import the
from api.endpoints.bodies import json_object, texts_of
from api.problems import Problem
from api.serving.batching import Answer, QueueFullError, TooLateError
from api.serving.service import Service, of
from api.serving.store import Prediction

blueprint = Blueprint("predict", __name__)

ID_BYTES = 12
ENCODER = json.JSONEncoder(ensure_ascii=False)


@blueprint.post("/predict")
@needs("predict")
def predict() -> Response:
    """Probabilities of one text or several."""
    service = of(current_app)
    texts = texts_of(json_object(), service.settings)
    model, probabilities = answers(service, texts)
    names, now = model.label_names, time.time()
    predictions, remembered = [], []
    for identifier, text, row in zip(_identifiers(len(texts)), texts, probabilities.tolist(), strict=True):
        label = names[row.index(max(row))]
        shares = {name: round(value, 6) for name, value in zip(names, row, strict=True)}
        predictions.append({"prediction_id": identifier, "label": label, "probabilities": shares})
        remembered.append(Prediction(identifier, now, model.name, model.number, label, text))
    service.predicted(remembered)
    context = the(g)
    context.log_fields = {"texts": len(texts), "model": model.name, "version": model.number}
    document = {
        "predictions": predictions,
        "model": {"name": model.name, "version": model.number},
        "request_id": context.request_id,
    }
    return Response(ENCODER.encode(document), content_type="application/json")


def answers(service: Service, texts: list[str]) -> Answer:
    """What the model says to the texts, with the calls of other requests.

    Raises:
        Problem: 503 where the queue is full or the deadline passed.
    """
    try:
        return service.batcher.submit(texts, service.settings.deadline_ms / 1e3)
    except QueueFullError:
        raise _busy(f"{len(texts)} texts while {service.batcher.waiting} wait already.") from None
    except TooLateError:
        raise _busy(f"{len(texts)} texts that could not be answered in {service.settings.deadline_ms} ms.") from None


def _identifiers(count: int) -> list[str]:
    """So many ids that nobody can guess; as they begin with the time, the store's index grows at its end alone."""
    moment = f"{time.time_ns() // 1_000_000:012x}"
    digits = os.urandom(ID_BYTES * count).hex()
    return [moment + digits[start : start + 2 * ID_BYTES] for start in range(0, len(digits), 2 * ID_BYTES)]


def _busy(came: str) -> Problem:
    return Problem(503, came, "A service with time to spare.", "Try again in a second.", {"Retry-After": "1"})
