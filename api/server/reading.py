"""The bytes of a connection, parsed into requests within bounds.

llhttp, the parser of Node.js, reads every byte once, in C. Its lenient flags stay off, so that it refuses whatever two
servers could read differently. Everything that a client can send has a bound: the head, the body, and the framing of a
chunked body (chunk sizes, their extensions, trailers).
"""

from collections import deque
from dataclasses import dataclass
from io import BytesIO

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from api.server.environ import MAX_FIELDS, Environ, Field, environ_of
from api.server.refusals import (
    BODY_TOO_LARGE,
    CODING,
    EXPECTATION,
    FRAMING,
    HEAD_TOO_LARGE,
    MALFORMED,
    TARGET_TOO_LONG,
    Refusal,
)

MAX_HEAD_BYTES = 32_768
MAX_TARGET_BYTES = 2_048
FRAMING_BYTES = 4_096  # allowed for every chunked body, in addition to half the size of its content


@dataclass(slots=True)
class Request:
    """A complete request.

    Attributes:
        environ: the WSGI environment, with the body.
        keep_alive: whether the client may send another request on this connection.
    """

    environ: Environ
    keep_alive: bool


class RequestReader:
    """Parses the bytes of one connection.

    Args:
        base: what the WSGI environments of all its requests share.
        max_body_bytes: largest body that is accepted.

    Attributes:
        requests: the complete requests, in their order. The caller takes them out.
        refusal: the answer to the request after them, if that is refused. Nothing after it is read.
        body_bytes: number of bytes received of the body.
        awaits_continue: whether the client waits for `100 Continue` before it sends the body.
    """

    def __init__(self, base: Environ, max_body_bytes: int) -> None:
        self.requests: deque[Request] = deque()
        self.refusal: Refusal | None = None
        self.awaits_continue = False
        self._base, self._max_body_bytes = base, max_body_bytes
        self._parser = HttpRequestParser(self)
        self._body_alone = False  # the parser reads only the body of a request whose head another one has read
        self._expect_request()

    @property
    def in_progress(self) -> bool:
        """True if a request has begun and is not complete. Empty lines before a request belong to it."""
        return self._begun or self._fed > 0

    def feed(self, data: bytes) -> None:
        """Parse the next bytes. At most this many can exceed a bound before it is enforced."""
        self._fed += len(data)
        try:
            while data:
                try:
                    self._parser.feed_data(data)
                    break
                except HttpParserUpgrade as upgrade:
                    data = data[upgrade.args[0] :]
                    self._continue_without_upgrade()
        except HttpParserError:
            self.refusal = self.refusal or MALFORMED
            # All requests share the refusals, and a traceback would keep the frames of each with what they hold.
            self.refusal.__traceback__ = self.refusal.__context__ = None
            return
        if self._environ is None:
            if self._fed > MAX_HEAD_BYTES:
                self.refusal = HEAD_TOO_LARGE
        elif self._chunked and self._fed - self._head_bytes - self.body_bytes > FRAMING_BYTES + self.body_bytes // 2:
            self.refusal = FRAMING

    def _expect_request(self) -> None:
        self._begun = False
        self._fed = 0  # bytes since the request began, without those that came together with the one before
        self._target = b""
        self._fields: list[Field] = []
        self._environ: Environ | None = None
        self._head_bytes = self.body_bytes = 0
        self._chunked = self._upgrades = False
        self._body = BytesIO()  # a list would need much more memory for many small parts

    def _refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal
        raise refusal  # ends the parsing

    # llhttp calls the methods below.

    def on_message_begin(self) -> None:
        self._begun = True

    def on_url(self, part: bytes) -> None:
        self._target += part
        if len(self._target) > MAX_TARGET_BYTES:
            self._refuse(TARGET_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._environ is not None:
            return  # a trailer, which nobody reads
        self._fields.append((name, value))
        if len(self._fields) > MAX_FIELDS:  # thousands of short ones need much more memory than their bytes
            self._refuse(HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        if self._body_alone:
            return
        parser, fields = self._parser, self._fields
        try:
            environ = environ_of(self._base, parser.get_method(), self._target, parser.get_http_version(), fields)
            self._check_body(environ)
        except Refusal as refusal:
            self._refuse(refusal)
        self._environ = environ
        if self._chunked:
            self._head_bytes = len(self._target) + sum(len(name) + len(value) + 4 for name, value in fields)
        self._fields = []

    def _check_body(self, environ: Environ) -> None:
        coding = environ.pop("HTTP_TRANSFER_ENCODING", None)
        if coding is not None:
            if environ["SERVER_PROTOCOL"] == "HTTP/1.0":
                raise MALFORMED
            if str(coding).lower() != "chunked":
                raise CODING
            self._chunked = True
        if int(str(environ.get("CONTENT_LENGTH", 0))) > self._max_body_bytes:
            raise BODY_TOO_LARGE
        if "HTTP_EXPECT" in environ and environ["SERVER_PROTOCOL"] != "HTTP/1.0":
            if str(environ["HTTP_EXPECT"]).lower() != "100-continue":
                raise EXPECTATION
            self.awaits_continue = True
        self._upgrades = "HTTP_UPGRADE" in environ and self._parser.should_upgrade()

    def on_body(self, part: bytes) -> None:
        self._body.write(part)
        self.body_bytes += len(part)
        if self.body_bytes > self._max_body_bytes:
            self._refuse(BODY_TOO_LARGE)

    def on_message_complete(self) -> None:
        environ = self._environ
        assert environ is not None, "the head precedes the end"
        if self._upgrades:
            return  # the body is still to come
        if self._chunked:
            environ["CONTENT_LENGTH"] = str(self.body_bytes)
        self._body.seek(0)
        environ["wsgi.input"] = self._body
        self.requests.append(Request(environ, self._parser.should_keep_alive()))
        self.awaits_continue = self._body_alone = False
        self._expect_request()

    def _continue_without_upgrade(self) -> None:
        """Prepare to read the body of a request that offers another protocol, such as h2c.

        The service stays with HTTP/1.1. llhttp would leave the body to the other protocol, so another parser reads it,
        after a head that holds only the framing.
        """
        environ = self._environ
        if environ is None:
            raise HttpParserError
        length = environ.get("CONTENT_LENGTH", 0)
        framing = "Transfer-Encoding: chunked" if self._chunked else f"Content-Length: {length}"
        persists = environ["SERVER_PROTOCOL"] == "HTTP/1.1" and "close" not in str(environ["HTTP_CONNECTION"]).lower()
        self._parser, self._body_alone, self._upgrades = HttpRequestParser(self), True, False
        fed = self._fed
        head = ["POST / HTTP/1.1", framing, *([] if persists else ["Connection: close"]), "\r\n"]
        self._parser.feed_data("\r\n".join(head).encode("latin-1"))
        self._fed = fed if self._environ is environ else 0
