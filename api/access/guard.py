"""The check of a caller's credentials, role and rate limit before an endpoint runs."""

import hashlib
import math
from collections.abc import Callable
from functools import wraps
from typing import Literal, ParamSpec, TypeVar, get_args

from flask import Flask, Request, current_app

from api.access.addresses import network
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
        self._limit = _Limit("requests", settings.rate_limit, processes)
        self._role_limits: dict[Role, _Limit] = {
            "feedback": _Limit("requests with feedback", settings.feedback_limit, processes),
            "explain": _Limit("explanations", settings.explain_limit, processes),
        }
        self._failures = RateLimit(FAILURES_PER_MINUTE / processes)

    def caller(self, request: Request) -> Caller | None:
        """The caller that the credentials of `request` name, or None if there are none.

        Raises:
            Problem: 401 for invalid credentials, 429 for too many of them, 503 if they cannot be checked yet.
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
            found = self._tokens.caller(token.strip(), network(request))
        if found is None:
            seconds = self._failures.wait(network(request))
            raise _unauthorized("The credentials are not valid.") if not seconds else _too_many_failures(seconds)
        return found

    def is_open(self, opened_by: OpenSetting | None) -> bool:
        """Return whether this setting opens its endpoints to anyone."""
        return opened_by in self._open

    def check(self, caller: Caller | None, request: Request, role: Role, opened_by: OpenSetting | None = None) -> str:
        """Check that `caller` has `role` or needs none, because the setting `opened_by` is on.

        Returns:
            The name of the caller. Without credentials, it is derived from the address of `request`.

        Raises:
            Problem: 401 without credentials, 403 without the role, 429 above a rate limit.
        """
        anonymous = self.is_open(opened_by)
        if caller is None and not anonymous:
            raise _unauthorized("The request has no credentials.")
        if not anonymous and caller is not None and role not in caller.roles:
            raise Problem(403, f"The credentials lack the role {role}.", "Use a key or token that has this role.")
        name = caller.name if caller else f"address {network(request)}"
        self._limit.take(name)
        if role in self._role_limits:
            self._role_limits[role].take(name)
        return name

    def close(self) -> None:
        """Stop reading the keys of tokens."""
        if self._tokens is not None:
            self._tokens.close()


class _Limit:
    """A limit of requests for each caller, or none.

    Args:
        counted: what is counted, for the message.
        per_minute: the limit, 0 for none.
        processes: number of workers that share it.
    """

    def __init__(self, counted: str, per_minute: int, processes: int) -> None:
        self._came = f"Rate limit exceeded ({per_minute} {counted} per minute)."
        self._limit = RateLimit(per_minute / processes) if per_minute else None

    def take(self, name: str) -> None:
        """Count a request of the caller of this name.

        Raises:
            Problem: 429 above the limit.
        """
        seconds = self._limit.wait(name) if self._limit is not None else 0
        if seconds:
            raise _too_many(self._came, seconds)


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
            context.credentials = "refused"  # unless the next line finds them valid
            caller = access.caller(context.request)
            context.credentials = "valid" if caller else "none"
            context.caller = caller.name if caller else None  # the audit names a caller who lacks the role
            context.caller = access.check(caller, context.request, role, opened_by)
            return endpoint(*arguments, **keywords)

        return guarded

    return decorate


def register(app: Flask, access: Access) -> None:
    """Let the guarded endpoints of `app` check their callers with `access`."""
    app.extensions[EXTENSION] = access


def _unauthorized(came: str) -> Problem:
    action = "Send a valid key in X-API-Key or a valid token in Authorization: Bearer."
    return Problem(401, came, action, {"WWW-Authenticate": "Bearer"})


def _too_many_failures(seconds: float) -> Problem:
    return _too_many("Too many requests with invalid credentials came from this address.", seconds)


def _too_many(came: str, seconds: float) -> Problem:
    return Problem(429, came, *retry_after(math.ceil(seconds)))
