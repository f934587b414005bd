"""TLS that does not delay other connections: neither handshakes nor floods of records without content do.

OpenSSL reads from a socket until there is content or nothing more comes, so a client that sends key updates without a
pause would never let it return. Here it reads from memory, which gets a bounded amount at a time.
"""

import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import gevent

RECEIVED_AT_ONCE = 4_096  # holds 150 key updates

Outcome = TypeVar("Outcome")


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """The TLS context of a server with this certificate (PEM files)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


class TlsConnection:
    """A server's end of a connection over TLS, with the methods of a socket that the service uses.

    Args:
        context: the server's context.
        client: the connected socket of gevent.
    """

    def __init__(self, context: ssl.SSLContext, client: Any) -> None:
        self._client, self._sock = client, client._sock
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._to_send, server_side=True)
        self.fileno, self.shutdown, self.close = client.fileno, client.shutdown, client.close

    def do_handshake(self) -> None:
        """Perform the handshake.

        Raises:
            OSError: the client does not speak TLS, or has left.
        """
        self._call(self._tls.do_handshake)

    def recv(self, size: int) -> bytes:
        """At most `size` bytes from the client, none if it has ended the connection."""
        try:
            return self._call(lambda: self._tls.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def send(self, data: bytes | memoryview) -> int:
        """Send all of `data`."""
        self.sendall(data)
        return len(data)

    def sendall(self, data: bytes | memoryview) -> None:
        """Send all of `data`."""
        self._call(lambda: self._tls.write(data))

    def _call(self, call: Callable[[], Outcome]) -> Outcome:
        receiving = 0
        while True:
            receiving += 1
            try:
                outcome = call()
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError:
                self._flush()  # the alert that tells the client why
                raise
            else:
                self._flush()
                return outcome
            if received := self._client.recv(RECEIVED_AT_ONCE):
                self._received.write(received)
            else:
                self._received.write_eof()
            if receiving > 1:
                gevent.sleep(0)  # more may be waiting, and reading it at once would delay other connections

    def _flush(self) -> None:
        if self._to_send.pending:
            self._client.sendall(self._to_send.read())
