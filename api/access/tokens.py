"""Bearer tokens, as issued by the client credentials flow of OAuth2."""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.access.callers import ROLES, Caller
from api.access.rate_limit import RateLimit
from api.problems import Problem, retry_after
from api.settings import Settings, SettingsError
from api.waiting import in_thread

logger = logging.getLogger("textlab_api")

ALGORITHMS = ["RS256", "ES256"]
LEEWAY_SECONDS = 10
REFRESHES_PER_MINUTE = 5


class Tokens:
    """Bearer tokens that a key of a JWKS (JSON Web Key Set) has signed.

    Raises:
        SettingsError: issuer, audience or keys are missing or invalid.
    """

    def __init__(self, settings: Settings) -> None:
        import jwt

        if not settings.jwt_issuer or not settings.jwt_audience:
            raise SettingsError(
                "TEXTLAB_API_JWKS requires both TEXTLAB_API_JWT_ISSUER and TEXTLAB_API_JWT_AUDIENCE. "
                "Set both, so that only tokens for this service are accepted."
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
            raise SettingsError("TEXTLAB_API_JWKS is neither an https URL nor a file. Set it to one of them.")
        else:
            self._file = Path(settings.jwks)
            self._from_file()

    def caller(self, token: str) -> Caller | None:
        """The caller that a valid token names, or None for an invalid token.

        Raises:
            Problem: 503 if the keys cannot be fetched.
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
            raise Problem(503, "The keys that verify tokens could not be fetched.", *retry_after(60)) from None
        except (jwt.PyJWTError, LookupError, TypeError, ValueError):
            return None
        return Caller(f"token of {claims['sub']}", _roles(claims, self._claim))

    def _key(self, token: str) -> Any:
        """The key that the token's header names. The key determines the algorithm, not the header."""
        import jwt

        name = jwt.get_unverified_header(token)["kid"]
        return self._from_file()[name] if self._client is None else self._from_address(name)

    def _from_address(self, name: str) -> Any:
        """The key of this name. An unknown name refreshes the keys, but not for every forged token."""
        assert self._client is not None, "TEXTLAB_API_JWKS is a URL"
        for refresh in (False, True):
            if not refresh or not self._refreshes.wait("keys"):
                for key in in_thread(self._client.get_signing_keys, refresh):
                    if key.key_id == name:
                        return key
        raise LookupError(name)

    def _from_file(self) -> Any:
        """The keys of the file, which is read again when it has changed."""
        import jwt

        assert self._file is not None, "TEXTLAB_API_JWKS is a file"
        try:
            changed = self._file.stat().st_mtime
            if changed != self._read[0]:
                self._read = (changed, jwt.PyJWKSet.from_json(self._file.read_text(encoding="utf-8")))
        except (OSError, ValueError, jwt.PyJWTError) as error:
            if self._read[1] is None:
                raise SettingsError(
                    f"TEXTLAB_API_JWKS names {self._file}, which is not a JWKS file ({type(error).__name__}). "
                    'Provide a JSON object with the list "keys".'
                ) from None
            logger.error(
                "JWKS file cannot be read; keeping the previous keys", extra={"fields": {"file": str(self._file)}}
            )
        return self._read[1]


def _roles(claims: dict[str, Any], claim: str) -> frozenset[str]:
    """The known roles in a claim: a list (as in Entra ID) or words in a string (as in an OAuth2 scope)."""
    given = claims.get(claim, [])
    given = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(role for role in given if role in ROLES)
