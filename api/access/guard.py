"""The check of a caller's credentials, role and rate limit before an endpoint runs."""

import hashlib
import math
from collections.abc import Callable
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

from flask import Flask, Request, current_app

from api.access.callers import Caller, Role, callers_by_key
from api.access.rate_limit import RateLimit
from api.access.tokens import Tokens
from api.context import current
from api.problems import Problem, retry_after
from api.settings import Settings

EXTENSION = "textlab_api_access"
FAILURES_PER_MINUTE = 30
OpenSetting = Literal["open", "open_metrics"]  # the settings that open endpoints to anyone

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Access:
    """Keys, tokens and rate limits.

    Args:
        settings: the settings of the service.
        processes: number of workers that share the limits; each applies its part.

    Raises:
        SettingsError: the settings of keys or tokens are incomplete or invalid.
    """

    def __init__(self, settings: Settings, processes: int = 1) -> None:
        self._open = {name for name in get_args(OpenSetting) if getattr(settings, name)}
        self._keys = callers_by_key(settings.keys_file) if settings.keys_file else {}
        self._tokens = Tokens(settings) if settings.jwks else None
        self._per_minute = settings.rate_limit
        self._limit = RateLimit(settings.rate_limit / processes) if settings.rate_limit else None
        self._failures = RateLimit(FAILURES_PER_MINUTE / processes)

    def caller(self, request: Request) -> Caller | None:
        """The caller that the credentials of `request` name, or None if there are none.

        Raises:
            Problem: 401 for invalid credentials, 429 for too many of them.
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
            seconds = self._failures.wait(address(request))
            raise _unauthorized("The credentials are not valid.") if not seconds else _too_many_failures(seconds)
        return found

    def is_open(self, opened_by: OpenSetting | None) -> bool:
        """Return whether this setting opens its endpoints to anyone."""
        return opened_by in self._open

    def check(self, request: Request, role: Role, opened_by: OpenSetting | None = None) -> Caller:
        """The caller of `request`, who has `role` or needs none, because the setting `opened_by` is on.

        Raises:
            Problem: 401 without credentials, 403 without the role, 429 above the rate limit.
        """
        caller = self.caller(request)
        anonymous = self.is_open(opened_by)
        if caller is None and not anonymous:
            raise _unauthorized("The request has no credentials.")
        caller = caller or Caller(f"address {address(request)}", frozenset())
        if not anonymous and role not in caller.roles:
            raise Problem(403, f"The credentials lack the role {role}.", "Use a key or token that has this role.")
        seconds = self._limit.wait(caller.name) if self._limit is not None else 0
        if seconds:
            raise _too_many(f"Rate limit exceeded ({self._per_minute} requests per minute).", seconds)
        return caller


def needs(
    role: Role, opened_by: OpenSetting | None = None
) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer]]:
    """Decorate an endpoint so that only callers with `role` reach it, or anyone if the setting `opened_by` is on."""

    def decorate(endpoint: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        @wraps(endpoint)
        def guarded(*arguments: Arguments.args, **keywords: Arguments.kwargs) -> Answer:
            context = current()
            access: Access = current_app.extensions[EXTENSION]
            context.role = None if access.is_open(opened_by) else role
            context.caller = access.check(context.request, role, opened_by).name
            return endpoint(*arguments, **keywords)

        return guarded

    return decorate


def register(app: Flask, access: Access) -> None:
    """Let the guarded endpoints of `app` check their callers with `access`."""
    app.extensions[EXTENSION] = access


def address(request: Request) -> str:
    """The client's address, if it is known."""
    return request.remote_addr or "unknown"


def _unauthorized(came: str) -> Problem:
    action = "Send a valid key in X-API-Key or a valid token in Authorization: Bearer."
    return Problem(401, came, action, {"WWW-Authenticate": "Bearer"})


def _too_many_failures(seconds: float) -> Problem:
    return _too_many("Too many requests with invalid credentials came from this address.", seconds)


def _too_many(came: str, seconds: float) -> Problem:
    return Problem(429, came, *retry_after(math.ceil(seconds)))
