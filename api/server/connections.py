"""Connections: accepting a few at once, and sending each answer in one piece."""

from functools import partial
from typing import Any

import gevent.server

ACCEPTED_AT_ONCE = 8  # with gunicorn's default of one, each of many new connections would wait for a model call
TOGETHER_BYTES = 65_536


class Acceptor(gevent.server.StreamServer):
    """Accepts a few of the waiting connections at once, and gives each to `handler_class`."""

    max_accept = ACCEPTED_AT_ONCE

    def __init__(self, listener: Any, *, handler_class: Any, spawn: Any, ssl_context: Any = None, **_: Any) -> None:
        keywords = {"ssl_context": ssl_context} if ssl_context else {}
        super().__init__(listener, handle=partial(handler_class, listener), spawn=spawn, **keywords)


class WholeAnswer:
    """A connection that sends the head and the body of an answer together. gunicorn writes them separately.

    Any other use of the connection first sends what has been written.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._written = bytearray()

    def sendall(self, data: bytes) -> None:
        self._written += data
        if len(self._written) > TOGETHER_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._written:
            written, self._written = self._written, bytearray()
            self._connection.sendall(written)

    def __getattr__(self, name: str) -> Any:
        self.flush()
        return getattr(self._connection, name)
