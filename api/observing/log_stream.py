"""The standard error stream of the log, which nobody may be reading.

A pipe whose reader has stopped is full after 64 kilobytes. The next line would stop the thread that writes it, and with
it all requests. The service loses lines instead, and says how many as soon as it can.
"""

import os
import select
import socket
import stat
import threading
import time
from collections.abc import Callable
from typing import TextIO

WAIT_SECONDS = 0.05  # for a reader that is only slow
PAUSE_SECONDS = 10.0  # between two such waits


class LogStream:
    """A stream whose writing never waits for longer than WAIT_SECONDS.

    Args:
        send: writes bytes without waiting. Returns how many it took, or raises BlockingIOError.
        descriptor: becomes writable when the reader goes on.
        lost_line: the line that says how many lines were lost.
    """

    def __init__(self, send: Callable[[bytes], int], descriptor: int, lost_line: Callable[[int], str]) -> None:
        self._send, self._descriptor, self._lost_line = send, descriptor, lost_line
        self._rest = b""  # the rest of a line of which a part has been written
        self._lost = 0
        self._waited = -PAUSE_SECONDS
        self._lock = threading.RLock()  # a finalizer that runs inside may log, too

    def write(self, text: str) -> None:
        """Write a line, or lose it."""
        with self._lock:
            lost = self._lost_line(self._lost) if self._lost else ""
            data = self._rest + f"{lost}{text}".encode("utf-8", "backslashreplace")
            taken = self._taken(data)
            if taken <= len(self._rest):
                self._rest = self._rest[taken:]
                self._lost += 1
            else:
                self._rest, self._lost = data[taken:], 0

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""

    def _taken(self, data: bytes) -> int:
        taken = self._try(data)
        now = time.monotonic()
        if taken < len(data) and now - self._waited > PAUSE_SECONDS:
            self._waited = now
            poller = select.poll()
            poller.register(self._descriptor, select.POLLOUT)
            poller.poll(WAIT_SECONDS * 1000)
            taken += self._try(data[taken:])
        return taken

    def _try(self, data: bytes) -> int:
        try:
            return self._send(data)
        except BlockingIOError:
            return 0


def log_stream(stream: TextIO, lost_line: Callable[[int], str]) -> LogStream | TextIO:
    """A stream to the same place that never waits for long, or `stream` itself if writing to it cannot block.

    Making a pipe non-blocking would change it for all processes that share it, so it is opened once more.
    """
    try:
        descriptor = stream.fileno()
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISSOCK(mode):
            connection = socket.socket(fileno=os.dup(descriptor))
            return LogStream(lambda data: connection.send(data, socket.MSG_DONTWAIT), connection.fileno(), lost_line)
        if stat.S_ISFIFO(mode) or os.isatty(descriptor):
            flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY
            own = os.open(f"/proc/self/fd/{descriptor}", flags)
            return LogStream(lambda data: os.write(own, data), own, lost_line)
    except (OSError, ValueError, AttributeError):
        pass  # replaced by something without a descriptor, or not allowed: the plain stream works, too
    return stream
