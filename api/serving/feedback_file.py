"""The file of feedback, which textlab reads as a dataset (`file:feedback.jsonl`). It grows up to a limit.

With keys, each line is sealed. A file in the clear from before is then renamed, and a new one begins. Without keys, a
sealed file takes no more lines until its keys are back.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.file_locks import acquire, is_at, write_whole
from textlab.sealing import Keys, SealError, is_sealed
from textlab.sealing.appending import End, find_end, is_start_of_sealed
from textlab.sealing.chain import HEADER_BYTES
from textlab.sealing.purposes import FEEDBACK

logger = logging.getLogger("textlab_api")

WAIT_SECONDS = 5.0


class FeedbackFullError(Exception):
    """The file of feedback has reached its limit."""


class FeedbackFile:
    """A file with one line of JSON for each judged text.

    Args:
        path: the file. It holds texts, so only the service's own user may read it.
        limit_bytes: maximum size.
        keys: the keys that seal it; None leaves it in the clear.
    """

    def __init__(self, path: Path, limit_bytes: int, keys: Keys | None = None) -> None:
        self.path, self._limit_bytes, self._keys = path, limit_bytes, keys

    @property
    def is_nearly_full(self) -> bool:
        """True if less than a tenth of the limit is left."""
        try:
            return self.path.stat().st_size > 0.9 * self._limit_bytes
        except OSError:
            return False

    @property
    def is_locked_out(self) -> bool:
        """True if the file is sealed and the service does not have its keys."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except OSError:
            return False
        try:
            acquire(descriptor, fcntl.LOCK_SH, wait_seconds=0)
            find_end(descriptor, FEEDBACK, self._keys)
        except SealError:
            return is_sealed(self.path)  # a file in the clear is renamed
        except OSError:
            return False  # a worker writes to it
        finally:
            os.close(descriptor)
        return False

    @contextmanager
    def appended(self, line: bytes) -> Iterator[None]:
        """Append a line, and remove it again if the body of the `with` statement fails. Other workers wait meanwhile.

        Args:
            line: the line, without its line break.

        Raises:
            FeedbackFullError: the line would exceed the limit. Nothing was written.
            SealError: the file is sealed, and the keys cannot open it. Nothing was written.
            OSError: the line cannot be written. Nothing was written.
        """
        descriptor = self._opened()
        try:
            end = self._end(descriptor)
            if end.torn:
                self._set_aside(end)
                os.ftruncate(descriptor, end.position)
            content = end.content(line)
            if end.position + len(content) > self._limit_bytes:
                raise FeedbackFullError
            try:
                write_whole(descriptor, content, end.position)
                yield
            except BaseException:
                os.ftruncate(descriptor, end.position)
                raise
        finally:
            os.close(descriptor)

    def _opened(self) -> int:
        """Open the file and hold its lock."""
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                acquire(descriptor, wait_seconds=WAIT_SECONDS)
                # Another process may have renamed the file, or sealed it anew, while this one waited.
                if is_at(descriptor, self.path) and not self._is_moved(descriptor):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _is_moved(self, descriptor: int) -> bool:
        """Rename the file if it is in the clear although there are keys, and return whether it was renamed."""
        start = os.pread(descriptor, HEADER_BYTES, 0)
        if self._keys is None or not start or is_start_of_sealed(start):
            return False
        moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        aside = self.path.with_name(f"{self.path.stem}.clear-{moment}-{os.urandom(2).hex()}{self.path.suffix}")
        self.path.rename(aside)
        logger.warning(
            "feedback in the clear was moved, because a key is set; seal that file",
            extra={"fields": {"file": aside.name}},
        )
        return True

    def _end(self, descriptor: int) -> End:
        try:
            return find_end(descriptor, FEEDBACK, self._keys)
        except SealError as error:
            raise SealError(f"{self.path.name}, last line: {error}") from None

    def _set_aside(self, end: End) -> None:
        """Move an incomplete line, which a crash of the machine has left, to a file of its own."""
        aside = os.open(self.path.with_name(f"{self.path.name}.damaged"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            write_whole(aside, end.torn + b"\n", os.fstat(aside).st_size)
        finally:
            os.close(aside)
        logger.warning("an incomplete line of feedback was moved", extra={"fields": {"bytes": len(end.torn)}})
