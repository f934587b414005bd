"""A gunicorn worker whose connections share one thread, so that a slow client costs a few kilobytes and nothing else.

It is gunicorn's gevent worker without the patches to Python's library: telemetry and store have threads of their own
and must find the library as it is. What blocks is done by `api.waiting`.
"""

import math
import ssl
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import gevent
import gevent.server
import gevent.socket
import gevent.ssl
import gunicorn.glogging
from gunicorn.workers.ggevent import GeventWorker

ACCEPTED_AT_ONCE = 8  # connections: of gunicorn's one, many that come together wait for a model call each
LONG_REQUESTS = "/models/load/"
TOGETHER_BYTES = 65_536
UNLIMITED = nullcontext()


class Acceptor(gevent.server.StreamServer):
    """Takes new connections, a few of those that wait at once. `handler_class` is what handles a connection."""

    max_accept = ACCEPTED_AT_ONCE

    def __init__(self, listener: Any, *, handler_class: Any, spawn: Any, ssl_context: Any = None, **_: Any) -> None:
        keywords = {"ssl_context": ssl_context} if ssl_context else {}
        super().__init__(listener, handle=partial(handler_class, listener), spawn=spawn, **keywords)


class Worker(GeventWorker):
    """gunicorn's gevent worker that closes what takes too long. `request_seconds` comes from our settings.

    Deadlines are looked at every now and then, all together, in place of two timers for each request.
    """

    server_class = Acceptor
    sockets: list[Any]

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        from api.settings import from_environment

        self._limit = from_environment().request_seconds
        self._open: dict[Any, _Connection] = {}  # by the greenlet that handles it
        self.wsgi_handler = self.handle

    def patch(self) -> None:
        """Only the listening sockets become those of gevent."""
        self.sockets = [
            gevent.socket.socket(each.FAMILY, gevent.socket.SOCK_STREAM, fileno=each.sock.detach())
            for each in self.sockets
        ]

    def run(self) -> None:
        """Serve, and hang up on the clients that are late."""
        gevent.spawn(self._hang_up_on_the_late)
        super().run()

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """How long to wait for a request to begin and for its head to come."""
        self._limit_connection(min(self.cfg.keepalive, self._limit))
        return UNLIMITED

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Handle a connection; a TLS handshake is part of what may not take too long."""
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
        """As gunicorn's; loading a model may take its time."""
        self._limit_connection(math.inf if req.path.startswith(LONG_REQUESTS) else self._limit)
        whole = _Whole(sock)
        try:
            super().handle_request(listener_name, req, whole, addr)
        finally:
            whole.flush()

    def _limit_connection(self, seconds: float) -> None:
        self._open[gevent.getcurrent()].until = time.monotonic() + seconds

    def _hang_up_on_the_late(self) -> None:
        while True:
            gevent.sleep(min(1.0, self._limit / 10))
            now = time.monotonic()
            for connection in [each for each in self._open.values() if each.until < now]:
                _hang_up(connection.client)


@dataclass(slots=True)
class _Connection:
    client: Any
    until: float  # by time.monotonic()


class _Whole:
    """A connection that sends an answer's head together with its body, which gunicorn writes one after the other.

    Whatever else is done with it comes after what has been written.
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


class Logger(gunicorn.glogging.Logger):
    """gunicorn's logger without a line for each request, which the service writes itself."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None: ...


class TLSContext(gevent.ssl.SSLContext):
    """TLS as Python sets it up for servers, its handshake left to `Worker.handle`."""

    def wrap_socket(self, sock: Any, **keywords: Any) -> Any:
        """A socket whose handshake is still to be done."""
        return super().wrap_socket(sock, **keywords | {"do_handshake_on_connect": False})


def tls_context(certificate: str, key: str) -> TLSContext:
    """The context of a server with this certificate."""
    context = TLSContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def _hang_up(connection: Any) -> None:
    """Whoever waits for the client finds that it has gone; gevent's own shutdown would raise an error there."""
    try:
        connection._sock.shutdown(gevent.socket.SHUT_RDWR)
    except OSError:
        return  # it has closed meanwhile
