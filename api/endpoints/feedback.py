"""POST /feedback: take a person's judgement of an answer, as the task of the model defines it."""

from typing import Any

from flask import Blueprint, current_app

from api.access.guard import needs
from api.endpoints.tasks import ENDPOINTS
from api.serving.service import service_of

blueprint = Blueprint("feedback", __name__)


@blueprint.post("/feedback")
@needs("feedback", opened_by="open")
def feedback() -> dict[str, Any]:
    """Take the right label of a prediction, or whether a found document fits."""
    service = service_of(current_app)
    return ENDPOINTS[service.work.name].judge(service)
