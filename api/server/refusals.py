"""Requests that are refused before the application sees them: their answers, and one log line of counts at a time."""

import logging
import secrets
import time
from collections import Counter

logger = logging.getLogger("textlab_api")

REPORT_SECONDS = 10.0


class Refusal(Exception):  # noqa: N818  an answer rather than an error
    """An answer to a request that the service does not accept.

    Args:
        status: HTTP status code.
        kind: a word for the log. It never quotes the request.
        came: one sentence on what came. It never quotes the request.
        action: one sentence on what to do.
    """

    def __init__(self, status: int, kind: str, came: str, action: str) -> None:
        super().__init__(f"{came} {action}")
        self.status, self.kind, self.came, self.action = status, kind, came, action


MALFORMED = Refusal(
    400,
    "malformed",
    "The request is not valid HTTP/1.1.",
    "Send a request that follows RFC 9112, with a Content-Length that counts bytes.",
)
HOST = Refusal(
    400,
    "host",
    "The request does not have exactly one valid Host header.",
    "Send one Host header that names the service.",
)
FRAMING = Refusal(
    400, "framing", "The body has more framing than content.", "Send larger chunks, or a body with a Content-Length."
)
BODY_TOO_LARGE = Refusal(
    413, "body", "The request body is too large.", "Send fewer or shorter texts, or smaller pictures, per request."
)
TARGET_TOO_LONG = Refusal(414, "target", "The address is too long.", "Send a shorter path and query.")
EXPECTATION = Refusal(
    417,
    "expectation",
    "The request has an Expect header that the service does not support.",
    "Leave the header out, or send Expect: 100-continue.",
)
HEAD_TOO_LARGE = Refusal(431, "head", "The request's headers are too large.", "Send fewer or shorter headers.")
CODING = Refusal(
    501, "coding", "The body has an unknown Transfer-Encoding.", "Send the body chunked, or with a Content-Length."
)
METHOD = Refusal(501, "method", "The service does not know the request's method.", "Use GET, HEAD or POST.")
FULL = Refusal(503, "full", "All connections of the service are in use.", "Retry after 1 second.")
VERSION = Refusal(505, "version", "The request's HTTP version is not supported.", "Use HTTP/1.1.")


def refusal_answer(refusal: Refusal) -> bytes:
    """The bytes of the HTTP answer: a problem document, after which the connection ends."""
    import json
    from http import HTTPStatus

    from api.access.headers import SECURITY_HEADERS
    from api.problems import Problem, problem_document

    request_id = secrets.token_hex(8)
    problem = Problem(refusal.status, refusal.came, refusal.action)
    body = json.dumps(problem_document(problem, request_id)).encode()
    headers = {
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        "X-Request-ID": request_id,
        **({"Retry-After": "1"} if refusal is FULL else {}),
        **SECURITY_HEADERS,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n{lines}\r\n".encode("latin-1") + body


class RefusalCounts:
    """Counts refusals by kind, and logs the counts once in REPORT_SECONDS, so that bad requests cannot fill the log."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._reported = -REPORT_SECONDS

    def add(self, kind: str) -> None:
        """Count one refusal."""
        self._counts[kind] += 1

    def report(self, at_once: bool = False) -> None:
        """Log the counts since the last line, unless that line is younger than REPORT_SECONDS."""
        now = time.monotonic()
        if self._counts and (at_once or now - self._reported >= REPORT_SECONDS):
            self._reported = now
            counts, self._counts = dict(self._counts), Counter()
            logger.warning("refused before the application", extra={"fields": {"refused": counts}})
