"""Attacks on access: tokens, keys, feedback, hosts, the files of the pages, and secrets in every field.

Each attack runs until `stop` is set, whatever the service answers.
"""

import http.client
import itertools
import secrets
import socket
import threading
from contextlib import suppress

import jwt
from served import Server

PLANTED = "planted"  # stands in every secret, so that one search finds them all
LOOPBACK_TIMEOUT = 10.0  # seconds


def junk_tokens(server: Server, stop: threading.Event) -> None:
    """Send tokens whose key nobody knows. Sixty of them took all helper threads while the key server hung."""
    while not stop.wait(0.002):
        token = jwt.encode({"sub": "x"}, "x" * 32, "HS256", headers={"kid": secrets.token_hex(8)})
        ask(server, "POST", "/predict", {"text": "x"}, {"Authorization": f"Bearer {token}"})


def guessed_keys(server: Server, stop: threading.Event) -> None:
    """Guess API keys of an admin. Each refused call is audited."""
    while not stop.wait(0.002):
        ask(server, "POST", "/models/load/1", None, {"X-API-Key": secrets.token_urlsafe(32)})


def feedback_flood(server: Server, stop: threading.Event) -> None:
    """Send feedback on long texts. One client filled the disk and raised 775 alerts."""
    for number in itertools.count():
        if stop.wait(0.002):
            return
        ask(server, "POST", "/feedback", {"text": f"{number} " + "x" * 900, "label": "negative"})


def foreign_hosts(server: Server, stop: threading.Event) -> None:
    """Name a foreign host, as a web page does whose name resolves to this machine. It could read all answers."""
    for number in itertools.count():
        if stop.wait(0.002):
            return
        ask(server, "POST", "/predict", {"text": "x"}, {"Host": f"{number}.evil.example"})


def unread_downloads(server: Server, stop: threading.Event) -> None:
    """Request the largest file again and again, and read nothing. It had 1.7 MB for each request."""
    head = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"
    while not stop.wait(0.05):
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), LOOPBACK_TIMEOUT) as connection:
            for _ in range(20):
                connection.sendall(head)
            stop.wait(0.5)


def long_traces(server: Server, stop: threading.Event) -> None:
    """Take part in a trace with the longest headers. Telemetry keeps them until it has written its notes."""
    headers = {"tracestate": "a=" + "x" * 8_000, "baggage": "a=" + "x" * 8_000}
    while not stop.wait(0.002):
        headers["traceparent"] = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        ask(server, "POST", "/predict", {"text": "x"}, headers)


def planted_secrets(server: Server, stop: threading.Event) -> None:
    """Send secrets in every field, in valid and malformed requests. Some reached the log with the client's address."""
    requests = itertools.cycle([*WELL_FORMED, *MALFORMED])
    while not stop.wait(0.002):
        request = next(requests)
        if isinstance(request, bytes):
            send_raw(server, request)
        else:
            ask(server, *request)


def ask(server, method, path, document=None, headers=None):
    """The status and the content of an answer, or None if the service hangs up."""
    with suppress(OSError, http.client.HTTPException, ValueError):
        status, _, content = server.call(method, path, document, headers, timeout=LOOPBACK_TIMEOUT)
        return status, content
    return None


def send_raw(server, content):
    """Return the bytes of the answer, until the service hangs up or a second has passed."""
    found = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), LOOPBACK_TIMEOUT) as connection:
        connection.settimeout(0.3)
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65_536):
            found += part
    return found


def post(length, body, *lines):
    """A request to /predict with this Content-Length, and with further header lines."""
    head = ["POST /predict HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*head, *lines, "", body]).encode()


TEXT = f'{{"text": "{PLANTED} \u00fc\u00fc\u00fc\u00fc\u00fc\u00fc and {PLANTED} tail"}}'
WELL_FORMED = (
    ("POST", "/predict", {"text": f"{PLANTED} text"}),
    ("POST", "/predict", {"text": f"broken {PLANTED} text"}),  # the model of the tests fails and quotes it
    ("POST", "/predict", {"texts": [f"{PLANTED} {number}" for number in range(300)]}),
    ("POST", "/predict", {"text": f"{PLANTED}\x00"}),
    ("POST", "/predict", {"text": 1, PLANTED: 1}),
    ("POST", "/predict?q=" + PLANTED, {"text": "x"}),
    ("POST", "/feedback", {"text": f"{PLANTED} text", "label": "positive"}),
    ("POST", "/feedback", {"text": f"{PLANTED} text", "label": f"{PLANTED} label"}),
    ("POST", "/feedback", {"prediction_id": f"{PLANTED} id", "label": "positive"}),
    ("POST", "/feedback", {"prediction_id": "0" * 36, "text": f"{PLANTED} text", "label": "positive"}),
    ("GET", f"/{PLANTED}/path?q={PLANTED}"),
    ("GET", f"/static/{PLANTED}"),
    ("GET", f"/docs/{PLANTED}"),
    (f"{PLANTED}-METHOD", "/predict"),
    ("POST", f"/models/load/{PLANTED}"),
    ("GET", "/metrics", None, {"X-API-Key": f"{PLANTED} key"}),
    ("POST", "/predict", {"text": "x"}, {"Authorization": f"Bearer {PLANTED}.{PLANTED}.{PLANTED}"}),
    ("POST", "/predict", {"text": "x"}, {"Authorization": f"{PLANTED} {PLANTED}"}),
    ("POST", "/predict", {"text": "x"}, {"X-Request-ID": f"{PLANTED} request id"}),
    ("POST", "/predict", {"text": "x"}, {"Host": f"{PLANTED}.example"}),
    ("POST", "/predict", {"text": "x"}, {"Content-Type": f"text/{PLANTED}"}),
    (
        "POST",
        "/predict",
        {"text": "x"},
        dict.fromkeys(
            ("User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Forwarded", "X-Other", "baggage"), PLANTED
        )
        | {"traceparent": f"00-{PLANTED}-{PLANTED}-01", "tracestate": f"a={PLANTED}"},
    ),
    (
        "POST",
        "/predict",
        {"text": "x"},
        {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": f"a={PLANTED}"},
    ),
)
MALFORMED = (
    post(len(TEXT), TEXT),  # counts characters in place of bytes, so the tail becomes the next request
    post(9, TEXT),
    post(len(TEXT.encode()) + 9, TEXT),
    post(PLANTED, TEXT),
    post(len(TEXT.encode()), TEXT, f"{PLANTED} without a colon"),
    post(len(TEXT.encode()), TEXT, f"X-{PLANTED}: \x01{PLANTED}"),
    post(len(TEXT.encode()), TEXT, "Transfer-Encoding: chunked"),
    post(20, f'{{"text": "{PLANTED}'),
    f"GET /{PLANTED} HTTP/9.{PLANTED}\r\n\r\n".encode(),
    f"{PLANTED}\r\n\r\n".encode(),
    f"GET /{PLANTED * 1_000} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
    f"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{PLANTED}\r\n".encode(),
    b"\x16\x03\x01" + PLANTED.encode(),
)
ATTACKS = (
    junk_tokens,
    guessed_keys,
    feedback_flood,
    foreign_hosts,
    unread_downloads,
    long_traces,
    planted_secrets,
)
