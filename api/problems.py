"""Failed requests, answered as application/problem+json (RFC 9457): what came, and what to do."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from api.context import current

logger = logging.getLogger("textlab_api")

GENERAL = {
    404: ("Nothing exists at this address.", "See /openapi.json for the available paths."),
    405: ("This path does not support the request's method.", "Use one of the methods in the Allow header."),
    413: ("The request body is too large.", "Send fewer or shorter texts per request."),
}
OTHER = ("The request could not be processed.", "Send a request that follows /openapi.json.")
INTERNAL = (
    "An internal error prevented an answer.",
    "Retry the request; if it fails again, report its request_id to the operator of the service.",
)


class Problem(Exception):  # noqa: N818  the term of RFC 9457
    """A request that fails with an HTTP status.

    Args:
        status: HTTP status code.
        came: one sentence on what came. It never quotes a text.
        action: one sentence on what to do.
        headers: additional headers of the answer.
    """

    def __init__(self, status: int, came: str, action: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{came} {action}")
        self.status, self.came, self.action = status, came, action
        self.headers = headers or {}


def problem_document(problem: Problem, request_id: str) -> dict[str, str | int]:
    """The document that describes a problem (RFC 9457)."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": str(problem),
        "came": problem.came,
        "action": problem.action,
        "request_id": request_id,
    }


def problem_response(problem: Problem) -> Response:
    """The HTTP answer to a problem."""
    document = problem_document(problem, current().request_id)
    return Response(
        json.dumps(document), problem.status, headers=problem.headers, content_type="application/problem+json"
    )


def retry_after(seconds: int) -> tuple[str, dict[str, str]]:
    """The sentence that asks the client to retry later, and the header that says the same."""
    unit = "second" if seconds == 1 else "seconds"
    return f"Retry after {seconds} {unit}.", {"Retry-After": str(seconds)}


def register(app: Flask, on_failure: Callable[[Exception], None]) -> None:
    """Answer every failure of `app` as a problem.

    Args:
        app: the Flask app.
        on_failure: called with each unexpected error.
    """

    def unexpected(error: Exception) -> Response:
        logger.error("unexpected error", exc_info=error, extra={"fields": {"request_id": current().request_id}})
        on_failure(error)
        return problem_response(Problem(500, *INTERNAL))

    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _from_werkzeug)
    app.register_error_handler(Exception, unexpected)


def _from_werkzeug(error: HTTPException) -> Response:
    status = error.code or 500
    # Werkzeug's other headers, such as Allow, still apply.
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return problem_response(Problem(status, *GENERAL.get(status, OTHER), headers))
