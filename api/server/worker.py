"""A gunicorn worker whose connections share one thread, so that a slow client costs only a few kilobytes.

It is gunicorn's gevent worker without gevent's patches to the standard library: telemetry and store use real threads
and need the library unchanged. Blocking work goes through `api.waiting`.
"""

import math
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import gevent
import gevent.socket
import gevent.ssl
import gunicorn.glogging
from gunicorn.workers.ggevent import GeventWorker

from api.server.connections import Acceptor, WholeAnswer
from api.settings import from_environment

LONG_REQUESTS = "/models/load/"
UNLIMITED = nullcontext()


class Worker(GeventWorker):
    """gunicorn's gevent worker, which also closes connections whose requests exceed `request_seconds`.

    One periodic check of all deadlines replaces two timers per request.
    """

    server_class = Acceptor
    sockets: list[Any]

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._limit = from_environment().request_seconds
        self._open: dict[Any, _Connection] = {}  # by the greenlet that handles the connection
        self.wsgi_handler = self.handle

    def patch(self) -> None:
        """Replace only the listening sockets by gevent's."""
        self.sockets = [
            gevent.socket.socket(each.FAMILY, gevent.socket.SOCK_STREAM, fileno=each.sock.detach())
            for each in self.sockets
        ]

    def run(self) -> None:
        """Serve, and close connections that exceed their deadline."""
        gevent.spawn(self._close_late_connections)
        super().run()

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """Limit the time to receive the head of a request."""
        self._limit_connection(min(self.cfg.keepalive, self._limit))
        return UNLIMITED

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Handle a connection. The time limit includes the TLS handshake."""
        greenlet = gevent.getcurrent()
        self._open[greenlet] = _Connection(client, time.monotonic() + self._limit)
        try:
            if isinstance(client, gevent.ssl.SSLSocket):
                try:
                    client.do_handshake()
                except OSError:
                    return
            super().handle(listener, client, addr)
        finally:
            del self._open[greenlet]

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Handle a request. Loading another version has its own, longer limit."""
        self._limit_connection(math.inf if req.path.startswith(LONG_REQUESTS) else self._limit)
        whole = WholeAnswer(sock)
        try:
            super().handle_request(listener_name, req, whole, addr)
        finally:
            whole.flush()

    def _limit_connection(self, seconds: float) -> None:
        self._open[gevent.getcurrent()].until = time.monotonic() + seconds

    def _close_late_connections(self) -> None:
        while True:
            gevent.sleep(min(1.0, self._limit / 10))
            now = time.monotonic()
            for connection in [each for each in self._open.values() if each.until < now]:
                _hang_up(connection.client)


@dataclass(slots=True)
class _Connection:
    client: Any
    until: float  # by time.monotonic()


def _hang_up(connection: Any) -> None:
    """End the connection. gevent's own shutdown would raise an error in the greenlet that waits for the client."""
    try:
        connection._sock.shutdown(gevent.socket.SHUT_RDWR)
    except OSError:
        return  # the client has already closed it


class Logger(gunicorn.glogging.Logger):
    """gunicorn's logger without access lines: the service logs its requests itself."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None: ...
