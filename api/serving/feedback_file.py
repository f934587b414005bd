"""The file of feedback, which textlab reads as a dataset (`file:feedback.jsonl`). It grows up to a limit."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.file_locks import acquire, write_whole

logger = logging.getLogger("textlab_api")

BLOCK_BYTES = 4_096
WAIT_SECONDS = 5.0


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
        """True if less than a tenth of the limit is left."""
        try:
            return self.path.stat().st_size > 0.9 * self._limit_bytes
        except OSError:
            return False

    @contextmanager
    def appended(self, line: bytes) -> Iterator[None]:
        """Append a line, and remove it again if the body of the `with` statement fails. Other workers wait meanwhile.

        Raises:
            FeedbackFullError: the line would exceed the limit. Nothing was written.
            OSError: the line cannot be written. Nothing was written.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            acquire(descriptor, wait_seconds=WAIT_SECONDS)
            start = os.fstat(descriptor).st_size
            tail = _last_line(descriptor, start)
            if tail and _is_json(tail):
                line = b"\n" + line  # an editor has left out the last line break
            elif tail:
                start -= len(tail)
                self._set_aside(tail)
                os.ftruncate(descriptor, start)
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

    def _set_aside(self, tail: bytes) -> None:
        """Move an incomplete line, which a crash of the machine has left, to a file of its own."""
        aside = os.open(self.path.with_name(f"{self.path.name}.damaged"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            write_whole(aside, tail + b"\n", os.fstat(aside).st_size)
        finally:
            os.close(aside)
        logger.warning("an incomplete line of feedback was moved", extra={"fields": {"bytes": len(tail)}})


def _last_line(descriptor: int, end: int) -> bytes:
    """The bytes after the last line break of a file."""
    blocks: list[bytes] = []
    while end > 0:
        start = max(0, end - BLOCK_BYTES)
        _, line_break, after = os.pread(descriptor, end - start, start).rpartition(b"\n")
        blocks.append(after)
        if line_break:
            break
        end = start
    return b"".join(reversed(blocks))


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
