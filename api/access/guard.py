"""Who may do what, the audit of admin calls, and the headers that protect a page."""

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request

from api.access.callers import Caller, Role, callers_by_key
from api.access.rate_limit import RateLimit
from api.access.tokens import Tokens
from api.context import the
from api.problems import Problem
from api.serving.workers import RUN
from api.settings import Settings

audit = logging.getLogger("textlab_api.audit")

FAILURES_PER_MINUTE = 30
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Access:
    """Keys, tokens and limits as the settings say.

    Raises:
        SettingsError: the settings of keys or tokens do not fit together.
    """

    def __init__(self, settings: Settings) -> None:
        self.open = settings.open
        self._keys = callers_by_key(settings.keys_file) if settings.keys_file else {}
        self._tokens = Tokens(settings) if settings.jwks else None
        processes = settings.workers if RUN in os.environ else 1  # each of gunicorn's workers counts for itself
        self._limit = RateLimit(settings.rate_limit / processes) if settings.rate_limit else None
        self._failures = RateLimit(FAILURES_PER_MINUTE / processes)

    def caller(self) -> Caller | None:
        """Who sends this request; None without credentials.

        Raises:
            Problem: 401 for credentials that are not valid, 429 for too many of them.
        """
        headers = request.headers
        key = headers.get("X-API-Key")
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if key is None and not scheme:
            return None
        found = None
        if key is not None:
            found = self._keys.get(hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest())
        elif scheme.lower() == "bearer" and self._tokens is not None:
            found = self._tokens.caller(token.strip())
        if found is None:
            raise (
                _unauthorised("Credentials that are not valid here.")
                if self._failures.allows(_address())
                else _too_many()
            )
        return found

    def check(self, role: Role) -> Caller:
        """The caller, who has `role`.

        Raises:
            Problem: 401 without credentials, 403 without the role, 429 beyond the rate limit.
        """
        caller = self.caller()
        anonymous = self.open and role != "admin"
        if caller is None and not anonymous:
            raise _unauthorised("A request without credentials.")
        caller = caller or Caller(f"address {_address()}", frozenset())
        if not anonymous and role not in caller.roles:
            raise Problem(403, "Credentials without the role for this.", f"The role {role}.", "Ask for that role.")
        if self._limit is not None and not self._limit.allows(caller.name):
            raise _too_many()
        return caller


def needs(role: Role) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view that only callers with `role` reach."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*arguments: Any, **keywords: Any) -> Any:
            context = the(g)
            context.role = role
            context.caller = current_app.extensions["textlab_api_access"].check(role)
            return view(*arguments, **keywords)

        return guarded

    return decorate


def register(app: Flask, settings: Settings) -> None:
    """Guard the views of `app`, audit admin calls, and set the headers that protect a page."""
    app.extensions["textlab_api_access"] = Access(settings)
    headers = dict(SECURITY_HEADERS)
    if settings.tls_certificate:
        headers["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def audited(response: Response) -> Response:
        if g.get("role") == "admin":
            _audit(response)
        return response

    app.wsgi_app = _Protected(app.wsgi_app, headers)  # type: ignore[method-assign]


class _Protected:
    """A WSGI app whose answers carry `headers` where they do not set them themselves."""

    def __init__(self, answer: Callable[..., Any], headers: Mapping[str, str]) -> None:
        self._answer = answer
        self._headers = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            set_by_view = {name.lower() for name, _ in headers}
            added = [header for name, header in self._headers if name not in set_by_view]
            return start_response(status, [*headers, *added], *error)

        return self._answer(environ, start)


def _audit(response: Response) -> None:
    caller = g.get("caller")
    fields = {
        "request_id": g.get("request_id"),
        "caller": caller.name if caller else None,
        "address": _address(),
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,
        "arguments": {name: str(value)[:40] for name, value in (request.view_args or {}).items()},
        "status": response.status_code,
    }
    audit.info("audit", extra={"fields": fields})


def _address() -> str:
    return request.remote_addr or "unknown"


def _unauthorised(came: str) -> Problem:
    return Problem(
        401,
        came,
        "A key in X-API-Key or a token in Authorization: Bearer.",
        "Ask whoever runs the service for one.",
        {"WWW-Authenticate": "Bearer"},
    )


def _too_many() -> Problem:
    return Problem(429, "Too many requests.", "Fewer a minute.", "Wait a while.", {"Retry-After": "10"})
