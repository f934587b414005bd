"""Events about predictions in the log. They hold the model, a hash and the length of the text, never the text."""

import contextlib
import hashlib
import logging
import secrets
import time
from pathlib import Path

from api.file_locks import locked, replace
from api.set_aside import set_aside

logger = logging.getLogger("textlab_api")

KEY = "hash.key"
KEY_BYTES = 32
RETRY_SECONDS = 10.0
WAIT_SECONDS = 5.0


class TextHash:
    """A keyed hash of texts. Equal texts have equal hashes in this installation.

    Without the key, nobody can guess a text from its hash. A damaged key is renamed and replaced. A process that can
    neither read nor write the key uses a temporary one.

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
            logger.warning("the key of text hashes cannot be saved; a temporary key is used", extra={"fields": fields})

    def __call__(self, text: str) -> str:
        """The hash of `text`, as 16 hexadecimal digits."""
        if not self._is_kept and time.monotonic() - self._tried > RETRY_SECONDS:
            with contextlib.suppress(OSError):
                self._keep()
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8).hexdigest()

    def _keep(self) -> None:
        self._tried = time.monotonic()
        self._key, self._is_kept = _kept_key(self._path), True


def emit(name: str, fields: dict[str, object], level: int = logging.INFO) -> None:
    """Write an event to the log."""
    logger.log(level, name, extra={"fields": fields, "event": name})


def _kept_key(path: Path) -> bytes:
    """The key in the file, which is created if it is missing. All workers use the same key."""
    with locked(path.with_name(f"{path.name}.lock"), wait_seconds=WAIT_SECONDS):
        if path.exists():
            key = b"" if path.is_dir() else path.read_bytes()
            if len(key) == KEY_BYTES:
                return key
            set_aside(path)
        key = secrets.token_bytes(KEY_BYTES)
        replace(path, key)
        return key
