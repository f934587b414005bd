"""Bearer tokens, as issued by the client credentials flow of OAuth2."""

from typing import Any

from api.access.callers import ROLES, Caller
from api.access.key_sources import signing_keys
from api.settings import Settings, SettingsError

ALGORITHMS = ["RS256", "ES256"]
LEEWAY_SECONDS = 10


class Tokens:
    """Bearer tokens that a key of a JWKS (JSON Web Key Set) has signed.

    Raises:
        SettingsError: issuer, audience or keys are missing or invalid.
    """

    def __init__(self, settings: Settings) -> None:
        import jwt  # noqa: F401  it would otherwise be imported by the first request

        if not settings.jwt_issuer or not settings.jwt_audience:
            raise SettingsError(
                "TEXTLAB_API_JWKS requires both TEXTLAB_API_JWT_ISSUER and TEXTLAB_API_JWT_AUDIENCE. "
                "Set both, so that only tokens for this service are accepted."
            )
        self._issuer, self._audience = settings.jwt_issuer, settings.jwt_audience
        self._claim = settings.jwt_roles_claim
        self._keys = signing_keys(settings.jwks)

    def caller(self, token: str, client: str) -> Caller | None:
        """The caller that a valid token names, or None for an invalid token.

        Args:
            token: the token.
            client: the network that sent it, for the limit of tokens with unknown keys.

        Raises:
            Problem: 503 if the keys are not known yet, 429 for too many tokens with unknown keys.
        """
        import jwt

        try:
            # The key determines the algorithm, not the header.
            key = self._keys.find(jwt.get_unverified_header(token)["kid"], client)
            if key is None:
                return None
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "aud", "iss", "sub"]},
            )
        except (jwt.PyJWTError, LookupError, TypeError, ValueError, RecursionError):
            return None
        return Caller(f"token of {claims['sub']}", _roles(claims, self._claim))

    def close(self) -> None:
        """Stop reading keys."""
        self._keys.close()


def _roles(claims: dict[str, Any], claim: str) -> frozenset[str]:
    """The known roles in a claim: a list (as in Entra ID) or words in a string (as in an OAuth2 scope)."""
    given = claims.get(claim, [])
    given = given.split() if isinstance(given, str) else given if isinstance(given, list) else []
    return frozenset(role for role in given if role in ROLES)
