"""The download of a small document, within a limit of bytes and of seconds."""

import http.client
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any


class DownloadError(Exception):
    """The document could not be fetched within the limits."""


def download(address: str, seconds: float, limit: int) -> bytes:
    """Fetch the document at an http or https address.

    Redirects are not followed: they could lead to another host or away from https.

    Args:
        address: where the document is.
        seconds: time limit in all. Only the lookup of the host's name may take longer.
        limit: maximum number of bytes.

    Raises:
        DownloadError: the server cannot be reached, is too slow, refuses, or sends too much.
    """
    deadline = _Deadline(seconds)
    opener = urllib.request.build_opener(_NoRedirects, _Http(deadline), _Https(deadline))
    try:
        with opener.open(address, timeout=seconds) as response:
            content = response.read(limit + 1)
    except (OSError, http.client.HTTPException) as error:
        raise DownloadError(type(error).__name__) from None
    finally:
        deadline.end()
    if deadline.passed:
        raise DownloadError("TimeoutError")  # the content may be cut
    if len(content) > limit:
        raise DownloadError("the document is too large")
    return content


class _Deadline:
    """Shuts down a connection that is still in use when the time is over.

    A socket's own time limit begins anew with every byte, so a server could make a download last for days.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._timer: threading.Timer | None = None

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._until

    def watch(self, connection: socket.socket) -> None:
        if self.passed:
            raise TimeoutError
        self.end()
        self._timer = threading.Timer(self._until - time.monotonic(), _shut_down, [connection])
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class _HttpConnection(http.client.HTTPConnection):
    def __init__(self, *arguments: Any, deadline: _Deadline, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.watch(self.sock)


class _HttpsConnection(_HttpConnection, http.client.HTTPSConnection):
    """The same over TLS: `super()` in `_HttpConnection` is then HTTPSConnection."""


class _Http(urllib.request.HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._connection: Callable[..., Any] = partial(_HttpConnection, deadline=deadline)

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._connection: Callable[..., Any] = partial(_HttpsConnection, deadline=deadline)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req, context=ssl.create_default_context())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None  # urllib then raises the redirect as an HTTPError


def _shut_down(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself
