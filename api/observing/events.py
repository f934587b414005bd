"""Events about predictions in the log. They hold the model, a hash and the length of the text, never the text."""

import hashlib
import logging
import os
import secrets
from pathlib import Path

logger = logging.getLogger("textlab_api")

KEY = "hash.key"
KEY_BYTES = 32


class TextHash:
    """A keyed hash: the same text gives the same hash in this installation, and nobody without the key can guess texts.

    Args:
        state: the state folder, which holds the key.
    """

    def __init__(self, state: Path) -> None:
        path = state / KEY
        part = state / f".{KEY}.{secrets.token_hex(4)}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, secrets.token_bytes(KEY_BYTES))
        os.close(descriptor)
        try:
            os.link(part, path)  # if several workers start at once, one wins, and all read its key
        except FileExistsError:
            pass
        finally:
            part.unlink()
        self._key = path.read_bytes()

    def __call__(self, text: str) -> str:
        """The hash of `text`, as 16 hexadecimal digits."""
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=8).hexdigest()


def emit(name: str, fields: dict[str, object], level: int = logging.INFO) -> None:
    """Write an event to the log."""
    logger.log(level, name, extra={"fields": fields, "event": name})
