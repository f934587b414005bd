"""Events about predictions in the log. They hold the model, a hash and the length of the text, never the text."""

import contextlib
import hashlib
import logging
import os
import secrets
import time
from pathlib import Path

from api.file_locks import locked, write_whole
from api.set_aside import set_aside

logger = logging.getLogger("textlab_api")

KEY = "hash.key"
KEY_BYTES = 32
RETRY_SECONDS = 10.0


class TextHash:
    """A keyed hash: the same text gives the same hash in this installation, and nobody without the key can guess texts.

    A damaged key is set aside. A process that can neither read nor write the key uses one of its own meanwhile.

    Args:
        state: the state folder, which holds the key.
    """

    def __init__(self, state: Path) -> None:
        self._path, self._tried, self._is_kept = state / KEY, 0.0, False
        self._key = secrets.token_bytes(KEY_BYTES)
        try:
            self._keep()
        except OSError as error:
            fields = {"error": type(error).__name__}
            logger.warning("the key of text hashes cannot be kept; hashes begin anew", extra={"fields": fields})

    def __call__(self, text: str) -> str:
        """The hash of `text`, as 16 hexadecimal digits."""
        if not self._is_kept and time.monotonic() - self._tried > RETRY_SECONDS:
            with contextlib.suppress(OSError):
                self._keep()
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=8).hexdigest()

    def _keep(self) -> None:
        self._tried = time.monotonic()
        self._key, self._is_kept = _kept_key(self._path), True


def emit(name: str, fields: dict[str, object], level: int = logging.INFO) -> None:
    """Write an event to the log."""
    logger.log(level, name, extra={"fields": fields, "event": name})


def _kept_key(path: Path) -> bytes:
    """The key in the file, which is created if there is none. All workers read the same one."""
    with locked(path.with_name(f"{path.name}.lock")):
        if path.exists():
            key = b"" if path.is_dir() else path.read_bytes()
            if len(key) == KEY_BYTES:
                return key
            set_aside(path)
        key = secrets.token_bytes(KEY_BYTES)
        part = path.with_name(f".{path.name}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_whole(descriptor, key)
        finally:
            os.close(descriptor)
        part.rename(path)
        return key
