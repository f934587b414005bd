"""Where the keys that verify tokens come from: a JWKS (JSON Web Key Set) file, or the address of a key server."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from api.access.download import download
from api.access.signing_keys import Keys, Schedule, SigningKeys
from api.settings import SettingsError

DOWNLOAD_SECONDS = 5.0
LARGEST_BYTES = 262_144
LOOPBACK = ("127.0.0.1", "::1", "localhost")
FROM_SERVER = Schedule(every_seconds=300, pause_seconds=12, on_demand=True)
FROM_FILE = Schedule(every_seconds=1, pause_seconds=1, on_demand=False)  # a look at the time of the last change


def signing_keys(named: str) -> SigningKeys:
    """The keys that TEXTLAB_API_JWKS names. Those of a key server arrive later, so the service can start without them.

    Raises:
        SettingsError: it is not an https address, or not a JWKS file.
    """
    address = urlsplit(named)
    if address.scheme == "https" or (address.scheme == "http" and address.hostname in LOOPBACK):
        return SigningKeys(lambda: _parsed(download(named, DOWNLOAD_SECONDS, LARGEST_BYTES)), FROM_SERVER)
    if address.scheme:
        raise SettingsError("TEXTLAB_API_JWKS is neither an https URL nor a file. Set it to one of them.")
    file = _File(Path(named))
    try:
        first = file.keys()
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"TEXTLAB_API_JWKS names {named}, which is not a JWKS file ({type(error).__name__}). "
            'Provide a JSON object with the list "keys".'
        ) from None
    return SigningKeys(file.keys, FROM_FILE, first)


class _File:
    """A JWKS file, which is read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed_at: float | None = None
        self._keys: Keys = {}

    def keys(self) -> Keys:
        """The keys of the file.

        Raises:
            OSError, ValueError: it cannot be read, or it is not a JWKS.
        """
        changed_at = self._path.stat().st_mtime
        if changed_at != self._changed_at:
            self._keys = _parsed(self._path.read_bytes())
            self._changed_at = changed_at
        return self._keys


def _parsed(content: bytes) -> Keys:
    """The keys of a JWKS that sign, by their ids.

    Raises:
        ValueError: it is not a JWKS, or none of its keys can be used.
    """
    import jwt

    try:
        document = json.loads(content)
        found = jwt.PyJWKSet.from_dict(document).keys
    except (jwt.PyJWTError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError(type(error).__name__) from None
    keys = {key.key_id: key for key in reversed(found) if key.key_id and key.public_key_use in (None, "sig")}
    if not keys:
        raise ValueError("no key has an id")
    return keys
