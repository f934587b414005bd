"""GET /metrics, and the counting of requests."""

from flask import Blueprint, Flask, Response, current_app, g, request

from api.access.guard import needs
from api.context import the
from api.serving.service import of

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
        service, asked = of(app), the(request)
        route = asked.url_rule.rule if asked.url_rule else "none"
        method = asked.method if asked.method in METHODS else "other"  # a client may write any word there
        seconds, status = g.milliseconds / 1e3, response.status_code
        service.metrics.observe_request(route, method, status, seconds)
        service.telemetry.request(method, route, status, seconds, asked.headers)
        return response
