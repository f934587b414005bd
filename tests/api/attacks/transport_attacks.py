"""Attackers of the transport: connections, heads, bodies and their framing. Each runs until `stop` is set."""

import socket
import threading
import time
from contextlib import suppress
from itertools import cycle

from served import Server

PIECE_BYTES = 16_384
PAUSE_SECONDS = 0.013  # after each piece: about 10 Mbit/s, the rate of a home connection
CHUNKED = (
    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)
MALFORMED = (
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET / HTTP/1.1\nHost: x\n\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
)


def connected(server: Server, receive_bytes: int | None = None) -> socket.socket:
    """A new connection. `receive_bytes` is the size of its buffer for answers, if not the system's."""
    connection = socket.socket()
    try:
        if receive_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", server.port))
    except OSError:
        connection.close()
        raise
    return connection


def send_without_end(server: Server, stop: threading.Event, head: bytes, piece: bytes) -> None:
    """Send `head` and then `piece` again and again, over a new connection whenever the service ends the last one."""
    while not stop.is_set():
        with suppress(OSError), connected(server) as connection:
            connection.sendall(head)
            while not stop.is_set():
                connection.sendall(piece)
                time.sleep(PAUSE_SECONDS)
        stop.wait(PAUSE_SECONDS)


def endless_chunk_extension(server: Server, stop: threading.Event) -> None:
    """Send one chunk whose extension never ends. Four such connections made every probe of a worker time out."""
    send_without_end(server, stop, CHUNKED + b"1;a=", b"f" * PIECE_BYTES)


def chunks_of_one_byte(server: Server, stop: threading.Event) -> None:
    """Send a body in chunks of one byte. 260,000 of them took 1.3 s of the thread that all connections share."""
    send_without_end(server, stop, CHUNKED, b"1\r\na\r\n" * (PIECE_BYTES // 6))


def endless_trailers(server: Server, stop: threading.Event) -> None:
    """Send trailers without end after an empty body. They took 1.7 s of the shared thread."""
    send_without_end(server, stop, CHUNKED + b"0\r\n", b"X: f\r\n" * (PIECE_BYTES // 6))


def endless_head(server: Server, stop: threading.Event) -> None:
    """Send a header that never ends."""
    send_without_end(server, stop, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"f" * PIECE_BYTES)


def idle_connections(server: Server, stop: threading.Event) -> None:
    """Hold 1,100 connections that send nothing. 1,000 per worker locked everyone out."""
    hold(server, stop, 1_100, b"")


def slow_uploads(server: Server, stop: threading.Event) -> None:
    """Hold 300 requests whose bodies arrive one byte at a time."""
    hold(server, stop, 300, CHUNKED[:-4] + b"\r\nContent-Type: application/json\r\n\r\n", b"1\r\n \r\n")


def slow_readers(server: Server, stop: threading.Event) -> None:
    """Ask for the largest file over 100 connections, and never read it."""
    request = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    hold(server, stop, 100, request * 20)


def unread_answers(server: Server, stop: threading.Event) -> None:
    """Ask for many small answers over 300 connections, and never read them. Each kept its place, some without end."""
    request = b"POST /models/load/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    hold(server, stop, 300, request * 200, receive_bytes=2_048)


def hold(
    server: Server,
    stop: threading.Event,
    count: int,
    first: bytes,
    more: bytes = b"",
    receive_bytes: int | None = None,
) -> None:
    """Keep `count` connections open. Each sends `first`, and then `more` about once a second."""
    held: list[socket.socket] = []
    try:
        while not stop.is_set():
            while len(held) < count and not stop.is_set():
                with suppress(OSError):
                    connection = connected(server, receive_bytes)
                    held.append(connection)
                    connection.sendall(first)
                    connection.setblocking(False)
                stop.wait(0.001)
            for connection in list(held):
                if _ended(connection, more):
                    connection.close()
                    held.remove(connection)
            stop.wait(1)
    finally:
        for connection in held:
            connection.close()


def _ended(connection: socket.socket, more: bytes) -> bool:
    try:
        if more:
            connection.send(more)
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def pipelined_requests(server: Server, stop: threading.Event) -> None:
    """Send hundreds of requests at once over one connection. They were answered without a pause for others."""
    send_without_end(server, stop, b"", b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n" * 300)


def long_foreign_hosts(server: Server, stop: threading.Event) -> None:
    """Name a long host that is not ASCII. Each request took 50 ms of the shared thread to encode the name."""
    host = b".".join([b"\xe9" * 20 + bytes([0xE0 + number % 20]) for number in range(300)])
    while not stop.wait(0.01):
        with suppress(OSError), connected(server) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
            connection.recv(65_536)


def malformed_requests(server: Server, stop: threading.Event) -> None:
    """Send malformed requests. Each wrote a line into the log, with the client's address."""
    for request in cycle(MALFORMED):
        if stop.wait(0.01):
            return
        with suppress(OSError), connected(server) as connection:
            connection.sendall(request)
            connection.recv(65_536)


def characters_for_bytes(server: Server, stop: threading.Event) -> None:
    """Announce the characters of a text in place of its bytes. The text's tail reached the log as another request."""
    body = '{"text": "äöüäöüäöü secret-tail"}'
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    while not stop.wait(0.02):
        with suppress(OSError), connected(server) as connection:
            connection.sendall(head.encode() + b"\r\n\r\n" + body.encode())
            connection.recv(65_536)


def connections_that_reset(server: Server, stop: threading.Event) -> None:
    """Open connections and reset them in the middle of a request."""
    while not stop.wait(0.005):
        with suppress(OSError), connected(server) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            connection.sendall(CHUNKED + b"5\r\nhel")


ATTACKS = (
    long_foreign_hosts,
    endless_chunk_extension,
    chunks_of_one_byte,
    endless_trailers,
    endless_head,
    idle_connections,
    slow_uploads,
    slow_readers,
    unread_answers,
    pipelined_requests,
    malformed_requests,
    characters_for_bytes,
    connections_that_reset,
)
