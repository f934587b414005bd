"""GET /metrics: the metrics for Prometheus."""

from flask import Blueprint, Response, current_app

from api.access.guard import needs
from api.serving.service import service_of
from api.waiting import in_thread

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@needs("admin", opened_by="open_metrics")
def metrics() -> Response:
    """Answer with the metrics of all workers."""
    exposition = in_thread(service_of(current_app).metrics.exposition)
    return Response(exposition, content_type="text/plain; version=0.0.4; charset=utf-8")
