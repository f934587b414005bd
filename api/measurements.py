"""GET /metrics, and the counting of requests."""

from flask import Blueprint, Flask, Response, current_app, g, request

from api.access import needs
from api.service import of

blueprint = Blueprint("measurements", __name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@blueprint.get("/metrics")
@needs("admin")
def metrics() -> Response:
    """The numbers of all workers."""
    return Response(of(current_app).metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def register(app: Flask) -> None:
    """Count every request of `app`."""

    @app.after_request
    def count(response: Response) -> Response:
        service = of(app)
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"  # a client may write any word there
        seconds = g.milliseconds / 1e3
        service.metrics.observe_request(route, method, response.status_code, seconds)
        service.telemetry.request(method, route, response.status_code, seconds, request.headers)
        return response
