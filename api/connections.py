"""A gunicorn worker that slow clients cannot hold up.

gunicorn's threaded worker gives a connection a thread as soon as its first byte is there, and the thread waits for the
rest; and it waits for a client to close its side on the one thread that serves all connections. Here a connection
waits in the poller, which costs no thread, until a request is there as a whole, one that takes too long is closed, and
closing is left to the thread that answered. (Under TLS a request has its thread from the first byte, but not for longer
than `request_seconds`.)
"""

import re
import socket
import time
from typing import Any

from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker  # type: ignore[import-untyped]

PEEKED = 65_536  # a client that has sent this much is not slow
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
ASKS_FIRST = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)  # the body comes after our answer
LONG_REQUESTS = "/models/load/"


class Worker(ThreadWorker):
    """gunicorn's threaded worker with whole requests only. `request_seconds` comes from our settings."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        from api.settings import from_environment

        self._limit = from_environment().request_seconds
        self._began: dict[TConn, float] = {}  # connections with a thread

    def handle(self, conn: TConn) -> Any:
        """Handle one request, or let the connection wait for the rest of it."""
        if not self.cfg.is_ssl and not _buffered(conn):
            state = _state(conn, self._limit)
            if state == "partial":
                return _DEFER
            if state == "ended":
                _hang_up(conn.sock)
                return False
        conn.peeked = conn.waiting_since = None
        self._began[conn] = time.monotonic()
        try:
            kept = super().handle(conn)
        finally:
            self._began.pop(conn, None)
        if not kept:
            conn.close(graceful=True)
            conn.close = _already_closed
        return kept

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """As gunicorn's; loading a model may take its time."""
        if req.path.startswith(LONG_REQUESTS):
            self._began.pop(conn, None)
        return super().handle_request(req, conn)

    def murder_keepalived(self) -> None:
        """Called at every turn of the loop, once a second at least: also end what has held a thread for too long."""
        super().murder_keepalived()
        now = time.monotonic()
        for conn, began in list(self._began.items()):
            if now - began > self._limit:
                self._began.pop(conn, None)
                _hang_up(conn.sock)


def _buffered(conn: TConn) -> bool:
    """Whether the parser has read ahead, so that a request may be there that the socket no longer holds."""
    return conn.parser is not None and bool(conn.parser.unreader.buf.tell())


def _state(conn: TConn, limit: float) -> str:
    """Of the request on the connection: "whole", "partial", or "ended" where no more of it will come in time."""
    now = time.monotonic()
    if getattr(conn, "waiting_since", None) is None:
        conn.waiting_since, conn.peeked = now, None
    try:
        conn.sock.setblocking(False)
        received = conn.sock.recv(PEEKED, socket.MSG_PEEK)
    except BlockingIOError:
        received = None
    except OSError:
        return "ended"
    if received == b"" or (received is not None and _is_whole(received)):
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        return "whole"  # of an end of file gunicorn takes care
    size = len(received or b"")
    if now - conn.waiting_since > limit or (size and size == conn.peeked):
        return "ended"  # woken without more data: the client has closed its side
    conn.peeked = size
    # The poller wakes us at the next byte rather than for those that are there already.
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size + 1)
    return "partial"


def _is_whole(received: bytes) -> bool:
    end = received.find(b"\r\n\r\n")
    if len(received) >= PEEKED:
        return True
    if end < 0:
        return False
    length = LENGTH.search(received, 0, end + 2)
    if length is None or ASKS_FIRST.search(received, 0, end + 2):
        return True
    expected = end + 4 + int(length.group(1))
    return len(received) >= expected or expected > PEEKED


def _already_closed(graceful: bool = False) -> None:
    """In place of a connection's `close`, which gunicorn will call once more."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has closed meanwhile
