"""POST /predict: classify one text or example, or several."""

import json
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app

from api.access.guard import needs
from api.context import current
from api.endpoints.bodies import json_object, texts_of
from api.endpoints.departure import client_has_left
from api.endpoints.example_requests import predict_examples
from api.serving.predictions import Answered
from api.serving.service import service_of
from api.serving.tasks import ExampleClassification

blueprint = Blueprint("predict", __name__)

ENCODER = json.JSONEncoder(ensure_ascii=False)


@blueprint.post("/predict")
@needs("predict", opened_by="open")
def predict() -> Response:
    """Answer with the probabilities of each text or example."""
    service, context = service_of(current_app), current()
    classification = service.classification
    if isinstance(classification, ExampleClassification):
        answered, asked = predict_examples(service), "examples"
    else:
        texts, departed = texts_of(json_object(), service.limits), partial(client_has_left, context.request)
        answered, asked = classification.predictions.predict(texts, context.caller or "", departed), "texts"
    model = answered.model
    context.log_fields = {asked: len(answered.predictions), "model": model.name, "version": model.number}
    document = {
        "predictions": _predictions(answered),
        "model": {"name": model.name, "version": model.number},
        "request_id": context.request_id,
    }
    return Response(ENCODER.encode(document), content_type="application/json")


def _predictions(answered: Answered) -> list[dict[str, Any]]:
    names = answered.model.label_names
    rows = zip(answered.predictions, answered.probabilities, answered.truncated, strict=True)
    found: list[dict[str, Any]] = [
        {
            "prediction_id": prediction.id,
            **answered.model.shown(prediction.label),
            "probabilities": {name: round(value, 6) for name, value in zip(names, row, strict=True)},
            **({"truncated": True} if is_truncated else {}),
        }
        for prediction, row, is_truncated in rows
    ]
    for document, decision in zip(found, answered.decisions or (), strict=False):
        document["decision"] = decision.label
        if decision.prediction_set is not None:
            document["prediction_set"] = decision.prediction_set
    return found
