"""Observability of requests: each has an id, a duration, a log line, a count and a span."""

import logging
import time

from flask import Flask, Response

from api.context import RequestContext, current
from api.observing.metrics import Metrics
from api.observing.telemetry import Telemetry

logger = logging.getLogger("textlab_api")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def register(app: Flask, metrics: Metrics, telemetry: Telemetry) -> None:
    """Observe every request of `app`, and send its id back as X-Request-ID."""

    @app.after_request
    def observe(response: Response) -> Response:
        context = current()
        seconds = time.perf_counter() - context.started
        request, status = context.request, response.status_code
        response.headers["X-Request-ID"] = context.request_id
        # The rule is logged, because the client chose the text of path and query.
        rule = request.url_rule
        if logger.isEnabledFor(logging.INFO):
            _log(context, rule.rule if rule else None, status, seconds)
        route = rule.rule if rule else "none"
        method = request.method if request.method in METHODS else "other"
        metrics.observe_request(route, method, status, seconds)
        telemetry.request(method, route, status, seconds, request.headers)
        return response


def _log(context: RequestContext, route: str | None, status: int, seconds: float) -> None:
    fields = {
        "request_id": context.request_id,
        "method": context.request.method,
        "route": route,
        "status": status,
        "milliseconds": round(seconds * 1e3, 2),
    }
    logger.info("request", extra={"fields": fields | context.log_fields})
