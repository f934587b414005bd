"""What happened to predictions, as events: which model, a hash and a length of the text, never the text."""

import hashlib
import logging
import os
import secrets
from pathlib import Path
from typing import Any

logger = logging.getLogger("textlab_api")

KEY = "hash.key"
KEY_BYTES = 32


class TextHash:
    """A keyed hash: the same text gives the same hash in this installation, and nobody else can try texts out.

    Args:
        state: the folder of the service, which keeps the key.
    """

    def __init__(self, state: Path) -> None:
        path = state / KEY
        part = state / f".{KEY}.{secrets.token_hex(4)}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, secrets.token_bytes(KEY_BYTES))
        os.close(descriptor)
        try:
            os.link(part, path)  # of workers that start together one wins, and all read its key
        except FileExistsError:
            pass
        finally:
            part.unlink()
        self._key = path.read_bytes()

    def __call__(self, text: str) -> str:
        """16 hexadecimal digits."""
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=8).hexdigest()


def emit(name: str, fields: dict[str, Any]) -> None:
    """Write an event to the log."""
    logger.info(name, extra={"fields": fields, "event": name})
