"""The file of feedback, which textlab reads as a dataset (`file:feedback.jsonl`). It only ever grows, up to a limit."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.file_locks import acquire, write_whole

logger = logging.getLogger("textlab_api")

BLOCK_BYTES = 4_096


class FeedbackFullError(Exception):
    """The file of feedback has reached its limit."""


class FeedbackFile:
    """A file with one line of JSON for each judged text.

    Args:
        path: the file. It holds texts, so only the service's own user may read it.
        limit_bytes: maximum size.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self.path, self._limit_bytes = path, limit_bytes

    @property
    def is_nearly_full(self) -> bool:
        """Whether less than a tenth of the limit is left."""
        try:
            return self.path.stat().st_size > 0.9 * self._limit_bytes
        except OSError:
            return False

    @contextmanager
    def appended(self, line: bytes) -> Iterator[None]:
        """Add a line, and take it away again if the body of the `with` statement fails. Other workers wait meanwhile.

        Raises:
            FeedbackFullError: the line would exceed the limit. Nothing was written.
            OSError: the line cannot be written. Nothing was written.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            acquire(descriptor)
            end = os.fstat(descriptor).st_size
            start = _end_of_last_line(descriptor, end)
            if start < end:
                self._set_tail_aside(descriptor, start, end)
            if start + len(line) > self._limit_bytes:
                raise FeedbackFullError
            try:
                write_whole(descriptor, line, start)
                yield
            except BaseException:
                os.ftruncate(descriptor, start)
                raise
        finally:
            os.close(descriptor)

    def _set_tail_aside(self, descriptor: int, start: int, end: int) -> None:
        """Move half a line, which a failing machine has left, to a file of its own."""
        aside = os.open(self.path.with_name(f"{self.path.name}.damaged"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            write_whole(aside, os.pread(descriptor, end - start, start) + b"\n", os.fstat(aside).st_size)
        finally:
            os.close(aside)
        os.ftruncate(descriptor, start)
        logger.warning("half a line of feedback is set aside", extra={"fields": {"bytes": end - start}})


def _end_of_last_line(descriptor: int, end: int) -> int:
    while end > 0:
        start = max(0, end - BLOCK_BYTES)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
