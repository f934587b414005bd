"""What goes wrong, as application/problem+json (RFC 9457) in three parts: what came, what was expected, what to do."""

import json
import logging
import traceback
from http import HTTPStatus

from flask import Flask, Response, current_app, g
from werkzeug.exceptions import HTTPException

logger = logging.getLogger("textlab_api")

GENERAL = {
    404: ("There is nothing at this address.", "A path of this service.", "See /openapi.json for what there is."),
    405: (
        "A method that this path does not know.",
        "One of the methods in the Allow header.",
        "Repeat the request with one of them.",
    ),
    413: (
        "A body that is too large.",
        "A body within the limit that /openapi.json states.",
        "Send fewer texts in one request.",
    ),
}


class Problem(Exception):  # noqa: N818  the term of RFC 9457
    """An answer that is no success.

    Args:
        status: HTTP status code.
        came: what came, never with the content of a text.
        expected: what was expected.
        action: what to do.
        headers: more headers of the answer.
    """

    def __init__(
        self, status: int, came: str, expected: str, action: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{came} {expected} {action}")
        self.status = status
        self.came, self.expected, self.action = came, expected, action
        self.headers = headers or {}


def problem_response(problem: Problem) -> Response:
    """The HTTP answer to a problem."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": f"{problem.came} {problem.expected} {problem.action}",
        "came": problem.came,
        "expected": problem.expected,
        "action": problem.action,
        "request_id": g.get("request_id"),
    }
    return Response(
        json.dumps(document), problem.status, headers=problem.headers, content_type="application/problem+json"
    )


def register(app: Flask) -> None:
    """Answer every failure of `app` as a problem."""
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _from_werkzeug)
    app.register_error_handler(Exception, _unexpected)


def _from_werkzeug(error: HTTPException) -> Response:
    status = error.code or 500
    came, expected, action = GENERAL.get(
        status, ("A request that cannot be answered.", "A request as /openapi.json states it.", "Correct the request.")
    )
    # What Werkzeug would have sent beside its page, such as Allow.
    headers = {name: value for name, value in error.get_headers() if name.lower() not in ("content-type",)}
    return problem_response(Problem(status, came, expected, action, headers))


def _unexpected(error: Exception) -> Response:
    # The message of an error may quote a text, so only its type and place are logged.
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    kind = type(error).__name__
    logger.error("unexpected error", extra={"fields": {"error": kind, "traceback": frames}})
    current_app.extensions["textlab_api"].telemetry.failure(kind, frames)
    return problem_response(
        Problem(
            500,
            "A request that the service could not answer through a fault of its own.",
            "An answer.",
            "Try again; if it stays, hand the request_id to whoever runs the service.",
        )
    )
