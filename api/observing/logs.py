"""Logs as one JSON object a line on stderr, one line a request, never with a text in it."""

import functools
import itertools
import json
import logging
import re
import secrets
import sys
import time

from flask import Flask, Response, g, request

from api.context import the
from api.model.bundle import BundleError
from api.settings import SettingsError

logger = logging.getLogger("textlab_api")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
ENCODER = json.JSONEncoder(default=str)


class JsonFormatter(logging.Formatter):
    """A record as JSON: time (UTC), level, message, and what its `fields` hold."""

    def format(self, record: logging.LogRecord) -> str:
        moment = f"{_second(int(record.created))}.{record.msecs:03.0f}Z"
        line = {"time": moment, "level": record.levelname.lower(), "message": record.getMessage()}
        line["process"] = str(record.process)
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0]:
            error = record.exc_info[1]
            line["error"] = type(error).__name__  # not its message, which may quote a text, unless it is one of ours
            if isinstance(error, SettingsError | BundleError):
                line["reason"] = str(error)
        return ENCODER.encode(line)


@functools.lru_cache(2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def configure(level: str) -> None:
    """Send the service's logs to stderr as JSON; called when an app is made, never on import."""
    if not any(isinstance(handler.formatter, JsonFormatter) for handler in logger.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False
    logger.getChild("audit").setLevel(logging.INFO)  # whatever the level of the rest


def register(app: Flask) -> None:
    """Give every request of `app` an id, send it back as X-Request-ID, and log the request."""
    process, numbers = secrets.token_hex(4), itertools.count(1)

    @app.before_request
    def begin() -> None:
        context = the(g)
        context.started = time.perf_counter()
        named = request.headers.get("X-Request-ID")
        context.request_id = named if named and REQUEST_ID.fullmatch(named) else f"{process}{next(numbers):08x}"
        context.log_fields = {}

    app.after_request(_end)


def _end(response: Response) -> Response:
    context, asked = the(g), the(request)
    response.headers["X-Request-ID"] = context.request_id
    context.milliseconds = (time.perf_counter() - context.started) * 1e3
    if logger.isEnabledFor(logging.INFO):
        fields = {
            "request_id": context.request_id,
            "method": asked.method,
            # The rule, not the path or the query: those hold whatever a client writes.
            "route": asked.url_rule.rule if asked.url_rule else None,
            "status": response.status_code,
            "milliseconds": round(context.milliseconds, 2),
        }
        logger.info("request", extra={"fields": fields | context.log_fields})
    return response
