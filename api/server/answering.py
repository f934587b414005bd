"""An application's answer, as the bytes of HTTP/1.1: head and body in one piece, unless the body is large."""

import time
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from functools import lru_cache
from itertools import chain
from typing import Any

from api.server.environ import Environ

TOGETHER_BYTES = 65_536  # a larger answer is sent in pieces of about this size, so that a slow client holds no more
WITHOUT_BODY = ("1", "204", "304")

Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Answer:
    """One answer of the application.

    Args:
        environ: the environment of the request.
    """

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._pieces: list[bytes] = []
        self._iterable: Iterable[bytes] = ()
        self._rest: Iterator[bytes] = iter(())
        self._announced: int | None = None
        self._sent = 0

    def run(self, application: Application) -> None:
        """Run the application, until its answer is complete or known to be large."""
        self._iterable = application(self._environ, self._start)
        self._rest = iter(self._iterable)
        size = 0
        for piece in self._rest:
            self._pieces.append(piece)
            size += len(piece)
            if size >= TOGETHER_BYTES and self._length() is not None:
                break  # without an announced length, the head has to wait for the end
        self._announced = self._length()

    def first(self, keep_alive: bool) -> bytes:
        """The head, with a small body.

        Raises:
            ValueError: a header contains a line break.
        """
        body = b"".join(self._pieces)
        self._sent = len(body)
        bodiless = self._status.startswith(WITHOUT_BODY)
        lines = [f"HTTP/1.1 {self._status}", *[f"{name}: {value}" for name, value in self._headers]]
        if not any(name.lower() == "date" for name, _ in self._headers):
            lines.append(_date(_second()))
        if self._announced is None and not bodiless:
            self._announced = len(body)
            lines.append(f"Content-Length: {len(body)}")
        if not keep_alive:
            lines.append("Connection: close")
        elif self._environ["SERVER_PROTOCOL"] == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        lines.append("\r\n")
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) or head.count("\r") != len(lines):
            raise ValueError("A header contains a line break. Remove it where the answer is made.")
        if bodiless or self._environ["REQUEST_METHOD"] == "HEAD":
            self._rest, self._announced, body = iter(()), self._sent, b""
        elif len(body) >= TOGETHER_BYTES:  # the connections that download the same bytes need no copies of them
            self._rest, self._sent, body = chain([body], self._rest), 0, b""
        return head.encode("latin-1") + body

    def others(self) -> Iterator[bytes]:
        """The pieces after the first."""
        for piece in self._rest:
            self._sent += len(piece)
            yield piece

    @property
    def complete(self) -> bool:
        """True if the sent body has the announced length. If not, the connection cannot carry another answer."""
        return self._sent == self._announced

    def close(self) -> None:
        """Let the application free what the answer holds, and free the request.

        Flask's request and its environment hold each other, so a body would stay until the garbage collector runs.
        """
        close = getattr(self._iterable, "close", None)
        if close is not None:
            close()
        self._environ.clear()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        # Nothing is sent before the body, so that a later call can replace an earlier one.
        self._status, self._headers = status, headers
        return self._pieces.append

    def _length(self) -> int | None:
        return next((int(value) for name, value in self._headers if name.lower() == "content-length"), None)


def file_pieces(file: Any, size: int) -> Iterable[bytes]:
    """WSGI's `wsgi.file_wrapper`: the content of a file, in larger pieces than the caller asks for."""
    from werkzeug.wsgi import FileWrapper

    return FileWrapper(file, max(size, TOGETHER_BYTES))


def _second() -> int:
    return int(time.time())


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}"
