"""Who may do what: API keys and bearer tokens, roles, rate limits, the audit of admin calls, security headers."""

import hashlib
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from api.errors import Problem
from api.settings import Settings, SettingsError
from api.waiting import in_thread

logger = logging.getLogger("textlab_api")
audit = logging.getLogger("textlab_api.audit")

Role = Literal["predict", "feedback", "admin"]
ROLES = get_args(Role)
ALGORITHMS = ["RS256", "ES256"]
LEEWAY_SECONDS = 10
FAILURES_PER_MINUTE = 30
REFRESHES_PER_MINUTE = 5
REMEMBERED_CLIENTS = 10_000
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


@dataclass(frozen=True)
class Caller:
    """Who asks: a name for limits and audit, and the roles."""

    name: str
    roles: frozenset[str]


class Access:
    """Keys, tokens and limits as the settings say.

    Raises:
        SettingsError: the settings of keys or tokens do not fit together.
    """

    def __init__(self, settings: Settings) -> None:
        self.open = settings.open
        self._keys = _read_keys(settings.keys_file) if settings.keys_file else {}
        self._tokens = _Tokens(settings) if settings.jwks else None
        share = settings.rate_limit / settings.workers  # each worker counts for itself
        self._limit = RateLimit(share) if settings.rate_limit else None
        self._failures = RateLimit(FAILURES_PER_MINUTE)

    def caller(self) -> Caller | None:
        """Who sends this request; None without credentials.

        Raises:
            Problem: 401 for credentials that are not valid, 429 for too many of them.
        """
        key = request.headers.get("X-API-Key")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
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


class RateLimit:
    """A token bucket for each client: so many requests a minute, as many of them at once."""

    def __init__(self, per_minute: float) -> None:
        self._capacity = max(per_minute, 1.0)
        self._per_second = per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, client: str) -> bool:
        """Whether the client may ask now, which is counted."""
        now = time.monotonic()
        with self._lock:
            tokens, since = self._buckets.pop(client, (self._capacity, now))
            tokens = min(self._capacity, tokens + (now - since) * self._per_second)
            allowed = tokens >= 1
            self._buckets[client] = (tokens - 1 if allowed else tokens, now)
            if len(self._buckets) > REMEMBERED_CLIENTS:
                self._buckets.popitem(last=False)
        return allowed


class _Tokens:
    """Bearer tokens signed by a key of a JWKS, from a file or a URL."""

    def __init__(self, settings: Settings) -> None:
        import jwt

        if not settings.jwt_issuer or not settings.jwt_audience:
            raise SettingsError(
                "TEXTLAB_API_JWKS is set, but not both of TEXTLAB_API_JWT_ISSUER and TEXTLAB_API_JWT_AUDIENCE. "
                "A token must be meant for this service; set both."
            )
        self._issuer, self._audience = settings.jwt_issuer, settings.jwt_audience
        self._claim = settings.jwt_roles_claim
        self._client: jwt.PyJWKClient | None = None
        self._refreshes = RateLimit(REFRESHES_PER_MINUTE)
        self._file: Path | None = None
        self._read: tuple[float, Any] = (-1.0, None)
        address = urlsplit(settings.jwks)
        loopback = address.hostname in ("127.0.0.1", "::1", "localhost")
        if address.scheme == "https" or (address.scheme == "http" and loopback):
            self._client = jwt.PyJWKClient(settings.jwks, cache_keys=True, lifespan=300, timeout=5)
        elif address.scheme:
            raise SettingsError("TEXTLAB_API_JWKS is no https URL and no file. Expected one of both.")
        else:
            self._file = Path(settings.jwks)
            self._from_file()

    def caller(self, token: str) -> Caller | None:
        """The caller that a valid token names, else None.

        Raises:
            Problem: 503 where the keys cannot be fetched.
        """
        import jwt

        try:
            claims = jwt.decode(
                token,
                self._key(token),
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "aud", "iss", "sub"]},
            )
        except jwt.PyJWKClientConnectionError:
            raise Problem(
                503,
                "A token whose signing keys cannot be fetched now.",
                "A reachable TEXTLAB_API_JWKS.",
                "Try again in a minute.",
                {"Retry-After": "60"},
            ) from None
        except (jwt.PyJWTError, LookupError, TypeError, ValueError):
            return None
        return Caller(f"token of {claims['sub']}", _roles(claims, self._claim))

    def _key(self, token: str) -> Any:
        """The key that the token's header names; its algorithm decides, not the header's."""
        import jwt

        name = jwt.get_unverified_header(token)["kid"]
        return self._from_file()[name] if self._client is None else self._from_address(name)

    def _from_address(self, name: str) -> Any:
        """The key of this name; the keys are fetched anew for an unknown one, but not for every forged token."""
        assert self._client is not None, "only where a URL is set"
        for refresh in (False, True):
            if not refresh or self._refreshes.allows("keys"):
                for key in in_thread(self._client.get_signing_keys, refresh):
                    if key.key_id == name:
                        return key
        raise LookupError(name)

    def _from_file(self) -> Any:
        """The keys of the file, read again when it has changed."""
        import jwt

        assert self._file is not None, "only where no URL is set"
        try:
            changed = self._file.stat().st_mtime
            if changed != self._read[0]:
                self._read = (changed, jwt.PyJWKSet.from_json(self._file.read_text(encoding="utf-8")))
        except (OSError, ValueError, jwt.PyJWTError) as error:
            if self._read[1] is None:
                raise SettingsError(
                    f"TEXTLAB_API_JWKS names {self._file}, which is no JWKS file ({type(error).__name__}). "
                    "Expected JSON with the list keys."
                ) from None
            logger.error("key file cannot be read; the keys before stay", extra={"fields": {"file": str(self._file)}})
        return self._read[1]


def needs(role: Role) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view that only callers with `role` reach."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*arguments: Any, **keywords: Any) -> Any:
            g.role = role
            g.caller = current_app.extensions["textlab_api_access"].check(role)
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
    def protect(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if g.get("role") == "admin":
            _audit(response)
        return response


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


def _read_keys(path: Path) -> dict[str, Caller]:
    """From a JSON file {name: {"sha256": of the key, "roles": [...]}}: the caller by the key's sha256."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        callers = {
            entry["sha256"].lower(): Caller(f"key {name}", frozenset(entry["roles"]))
            for name, entry in document.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"TEXTLAB_API_KEYS_FILE names {path}, which cannot be used ({type(error).__name__}). Expected JSON as "
            "`python -m api key NAME ROLE` prints it."
        ) from None
    unknown = {role for caller in callers.values() for role in caller.roles} - set(ROLES)
    if unknown:
        raise SettingsError(f"{path} names the roles {', '.join(sorted(unknown))}. Expected {', '.join(ROLES)}.")
    return callers


def _roles(claims: dict[str, Any], claim: str) -> frozenset[str]:
    """From a claim that is a list (Entra ID's roles) or a string with blanks (OAuth2's scope)."""
    given = claims.get(claim, [])
    given = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(role for role in given if role in ROLES)


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
