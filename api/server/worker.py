"""A gunicorn worker whose connections share one thread, so that a slow client costs only a few kilobytes.

It is gunicorn's gevent worker with its own connections, and without gevent's patches to the standard library: telemetry
and store use real threads and need the library unchanged. Blocking work goes through `api.waiting`.
"""

import logging
import sys
import time
from contextlib import suppress
from typing import Any

import gevent
import gevent.event
import gevent.server
import gevent.socket
import gunicorn.glogging
from gunicorn.http.wsgi import base_environ
from gunicorn.workers.ggevent import GeventWorker

from api.server.answering import file_pieces
from api.server.connection import Connection
from api.server.environ import Environ
from api.server.places import Places, places_allowed
from api.server.reading import RequestReader
from api.server.refusals import RefusalCounts
from api.server.starts import Starts
from api.server.turns import Turns
from api.settings import from_environment

logger = logging.getLogger("textlab_api")

ACCEPTED_AT_ONCE = 8  # with gunicorn's default of one, each of many new connections would wait for a model call
LAST_IDLE_SECONDS = 1.0  # for requests that are on their way when the service stops
LAST_RECEIVING_SECONDS = 3.0
CLOSING_SECONDS = 2.0  # the part of the graceful timeout that closing the service may take


class Worker(GeventWorker):
    """gunicorn's gevent worker with the service's own connections.

    Attributes:
        starts: the record of all workers' starts. gunicorn's main process sets it.
    """

    sockets: list[Any]
    starts: Starts

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._settings = from_environment()
        self._woken = gevent.event.Event()
        self._refusals, self._turns = RefusalCounts(), Turns()
        self._tls: Any = None

    def patch(self) -> None:
        """Replace only the listening sockets by gevent's."""
        self.sockets = [
            gevent.socket.socket(each.FAMILY, gevent.socket.SOCK_STREAM, fileno=each.sock.detach())
            for each in self.sockets
        ]

    def init_process(self) -> None:
        """Start and serve. Once a worker has been ready, a start that fails is repeated later, in a new process."""
        try:
            super().init_process()
        except Exception as error:
            if self.booted or not self.starts.ever_ready:
                raise
            pause = self.starts.fail()
            logger.error("a worker could not start", exc_info=error, extra={"fields": {"retry_seconds": pause}})
            until = time.monotonic() + pause
            while self.alive and time.monotonic() < until:
                self.notify()
                time.sleep(0.2)
            sys.exit(1)  # gunicorn starts another worker; code 3 would end the service

    def run(self) -> None:
        """Serve until the worker is told to stop, then answer the requests that have arrived."""
        settings = self._settings
        allowed = places_allowed(settings.connections)
        self._places = Places(allowed, self.cfg.keepalive, settings.request_seconds, settings.proxies > 0)
        self._base = base_environ(self.cfg) | {
            "SCRIPT_NAME": "",
            "wsgi.file_wrapper": file_pieces,
            "wsgi.multithread": True,
            "wsgi.url_scheme": "https" if self.cfg.is_ssl else "http",
        }
        if self.cfg.is_ssl:
            from api.server.tls import tls_context

            self._tls = tls_context(self.cfg.certfile, self.cfg.keyfile)
        acceptors = [Acceptor(listener, self._connect) for listener in self.sockets]
        for acceptor in acceptors:
            acceptor.start()
        self.starts.succeed()
        while self.alive:
            self._keep_order()
            self._woken.wait(min(1.0, settings.request_seconds / 10))
        self._stop(acceptors)

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """Stop at the next opportunity (SIGTERM)."""
        self.alive = False
        self._woken.set()

    def _keep_order(self) -> None:
        self.notify()
        self._places.close_late()
        self._refusals.report()

    def _stop(self, acceptors: "list[Acceptor]") -> None:
        for acceptor in acceptors:
            acceptor.finish()
        self._places.stop(LAST_IDLE_SECONDS, LAST_RECEIVING_SECONDS)
        until = time.monotonic() + self.cfg.graceful_timeout - CLOSING_SECONDS
        while len(self._places) and time.monotonic() < until:
            self._keep_order()
            gevent.sleep(0.05)
        self._refusals.report(at_once=True)

    def _connect(self, client: Any, address: Any) -> None:
        """Serve a new connection, in its own greenlet."""
        from api.access.addresses import network_of

        host, port = address[:2] if isinstance(address, tuple) else ("", 0)
        place = self._places.take(client, network_of(host))
        if place is None:
            client.close()
            self._refusals.add("full")
            return
        gevent.spawn(self._serve, client, place, host, port)

    def _serve(self, client: Any, place: Any, host: str, port: int) -> None:
        try:
            with suppress(OSError):  # the client has gone, or its time was over
                server = client.getsockname()
                if self._tls is not None:
                    from api.server.tls import TlsConnection

                    client = TlsConnection(self._tls, client)
                    place.client = client
                    client.do_handshake()
                base: Environ = self._base | {
                    "REMOTE_ADDR": host,
                    "gunicorn.socket": client,
                    "REMOTE_PORT": str(port),
                    "SERVER_NAME": str(server[0]) if isinstance(server, tuple) else str(server),
                    "SERVER_PORT": str(server[1]) if isinstance(server, tuple) else "",
                }
                reader = RequestReader(base, self.wsgi.config["MAX_CONTENT_LENGTH"])
                Connection(client, place, self._places, reader, self.wsgi, self._refusals, self._turns).serve()
        except Exception as error:
            logger.error("unexpected error", exc_info=error)
        finally:
            self._places.leave(place)
            client.close()


class Acceptor(gevent.server.StreamServer):
    """Accepts a few of the waiting connections at once.

    Args:
        listener: the listening socket.
        handle: called with each new socket and the client's address. It must not wait.
    """

    max_accept = ACCEPTED_AT_ONCE

    def __init__(self, listener: Any, handle: Any) -> None:
        super().__init__(listener, handle=handle, spawn=None)

    def do_handle(self, *arguments: Any) -> None:
        """Hand over a connection. Its greenlet closes it."""
        self._handle(*arguments)

    def finish(self) -> None:
        """Accept the connections that wait already, and stop."""
        while accepted := self.do_read():
            self.do_handle(*accepted)
        self.close()


class Logger(gunicorn.glogging.Logger):
    """gunicorn's logger without access lines: the service logs its requests itself."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None: ...
