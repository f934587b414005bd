"""Requests as bytes: what is accepted, what is refused, and that every length has a bound."""

import tracemalloc

import pytest

from api.server.reading import FRAMING_BYTES, MAX_HEAD_BYTES, RequestReader

LIMIT = 100_000
POST = b"POST /predict HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def reader_of(*pieces):
    reader = RequestReader({"wsgi.url_scheme": "http"}, LIMIT)
    for piece in pieces:
        reader.feed(piece)
    return reader


def only_request(*pieces):
    reader = reader_of(*pieces)
    assert reader.refusal is None
    [request] = reader.requests
    return request


def status_of(*pieces):
    refusal = reader_of(*pieces).refusal
    return refusal and refusal.status


def body_of(request):
    return request.environ["wsgi.input"].read()


MALFORMED = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nabcde",
    "a signed length": POST + b"Content-Length: +5\r\n\r\nabcde",
    "a negative length": POST + b"Content-Length: -5\r\n\r\nabcde",
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\nabcde",
    "an empty length": POST + b"Content-Length: \r\n\r\nabcde",
    "a length that overflows": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "a folded header": POST + b"X-A: b\r\n c\r\n\r\n",
    "a folded length": POST + b"Content-Length:\r\n 5\r\n\r\nabcde",
    "bare line feeds": b"GET / HTTP/1.1\nHost: x\n\n",
    "one bare line feed": b"GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
    "NUL": b"GET / HTTP/1.1\r\nHost: x\x00y\r\n\r\n",
    "a control character": b"GET / HTTP/1.1\r\nHost: x\x01y\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a space before the name": b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    "no name": b"GET / HTTP/1.1\r\n: x\r\n\r\n",
    "a name with brackets": b"GET / HTTP/1.1\r\nHost: x\r\nX(a): y\r\n\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks that are not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space after the size of a chunk": CHUNKED + b"5 \r\nabcde\r\n0\r\n\r\n",
    "a prefix before the size of a chunk": CHUNKED + b"0x5\r\nabcde\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"\r\nabcde\r\n0\r\n\r\n",
    "a size that overflows": CHUNKED + b"fffffffffffffffff\r\nabcde\r\n",
    "line feeds between chunks": CHUNKED + b"5\nabcde\n0\n\n",
    "a line feed after an extension": CHUNKED + b"5;a=b\nabcde\r\n0\r\n\r\n",
    "a chunk longer than its size": CHUNKED + b"5\r\nabcdef0\r\n\r\n",
    "a length among the trailers": CHUNKED + b"0\r\nContent-Length: 7\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
    "a Host with a path": b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n",
    "a Host with a space": b"GET / HTTP/1.1\r\nHost: x y\r\n\r\n",
    "a Host with a user": b"GET / HTTP/1.1\r\nHost: me@x\r\n\r\n",
    "a Host whose port is no number": b"GET / HTTP/1.1\r\nHost: x:y\r\n\r\n",
    "two types": POST + b"Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "a relative target": b"GET foo HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target of another scheme": b"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in lower case": b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_malformed_request_is_refused_however_it_arrives(request_bytes, size):
    pieces = [request_bytes[start : start + size] for start in range(0, len(request_bytes), size)]
    reader = RequestReader({}, LIMIT)
    for piece in pieces:
        if reader.refusal is None:
            reader.feed(piece)
    assert reader.refusal is not None
    assert reader.refusal.status in (400, 501)
    assert not reader.requests


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"GET /\r\n\r\n", 505),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (POST + b"Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", 417),
        (POST + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1), 413),
        (POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (LIMIT + 1), 413),
        (b"GET /" + b"a" * 3_000, 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 60 + b"\r\n", 431),
    ],
)
def test_refusal_has_the_status_that_fits(request_bytes, status):
    assert status_of(request_bytes) == status


@pytest.mark.parametrize("host", [b"x", b"x_y.example:80", b"127.0.0.1:8000", b"[::1]", b"[fe80::1%25e]:80", b""])
def test_name_or_address_is_a_valid_host(host):
    assert only_request(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").environ["HTTP_HOST"] == host.decode()


def test_empty_lines_begin_a_request():
    reader = reader_of(b"\r\n")
    assert reader.in_progress, "a client could otherwise seem idle, and busy, for as long as it likes"
    reader.feed(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert not reader.in_progress


def test_head_that_never_ends_is_refused():
    assert status_of(b"GET / HTTP/1.1\r\nHost: x\r\nX: ", *[b"a" * 1_000] * (MAX_HEAD_BYTES // 1_000 + 2)) == 431
    assert status_of(*[b"\r\n" * 500] * (MAX_HEAD_BYTES // 1_000 + 2)) in (400, 431)


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"1;a=", b"f" * 1_000),  # an extension without an end
        (b"", b"1\r\na\r\n" * 150),  # chunks of one byte
        (b"0\r\nX: ", b"f" * 1_000),  # a trailer without an end
        (b"0\r\n", b"X: f\r\n" * 150),  # trailers without an end
        (b"", b"00000000000001\r\na\r\n" * 50),  # sizes with zeros in front
    ],
)
def test_framing_beyond_its_allowance_is_refused(first, more):
    reader = reader_of(CHUNKED + first)
    fed = 0
    while reader.refusal is None:
        reader.feed(more)
        fed += len(more)
        assert fed < 3 * FRAMING_BYTES, "the framing has no bound"
    assert reader.refusal.status == 400
    assert not reader.requests


def test_chunked_body_above_the_limit_is_refused_as_soon_as_it_exceeds_it():
    assert status_of(CHUNKED, *[b"3e8\r\n" + b"a" * 1_000 + b"\r\n"] * (LIMIT // 1_000)) is None
    assert status_of(CHUNKED, *[b"3e8\r\n" + b"a" * 1_000 + b"\r\n"] * (LIMIT // 1_000 + 1)) == 413


@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_body_arrives_whole_with_a_length_and_in_chunks(size):
    for sent in (
        POST + b"Content-Length: 11\r\n\r\nhello world",
        CHUNKED + b"5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n",
    ):
        request = only_request(*[sent[start : start + size] for start in range(0, len(sent), size)])
        assert body_of(request) == b"hello world"
        assert request.environ["CONTENT_LENGTH"] == "11"
        assert "HTTP_TRANSFER_ENCODING" not in request.environ
        assert "HTTP_X" not in request.environ


def test_environment_follows_wsgi():
    sent = (
        b"GET /a%2Fb%C3%A4?q=%20#f HTTP/1.1\r\nHost: x:80\r\nX-API-Key: k \r\nAccept: a\r\nAccept: b\r\n"
        b"X_API_KEY: forged\r\nContent-Type: text/plain\r\n\r\n"
    )
    environ = only_request(sent).environ
    assert environ["PATH_INFO"] == "/a/b\xc3\xa4"
    assert environ["QUERY_STRING"] == "q=%20"
    assert environ["RAW_URI"] == "/a%2Fb%C3%A4?q=%20#f"
    assert environ["HTTP_X_API_KEY"] == "k"
    assert environ["HTTP_ACCEPT"] == "a,b"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert "CONTENT_LENGTH" not in environ
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"


def test_header_cannot_set_a_variable_of_the_environment():
    sent = b"GET / HTTP/1.1\r\nHost: x\r\nwsgi.url_scheme: https\r\nRemote-Addr: 1\r\nPath-Info: /x\r\n\r\n"
    environ = only_request(sent).environ
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["PATH_INFO"] == "/"
    assert environ["HTTP_REMOTE_ADDR"] == "1"


def test_target_with_an_authority_replaces_the_host():
    environ = only_request(b"GET http://me@name:81/p?q HTTP/1.1\r\nHost: x\r\n\r\n").environ
    assert (environ["HTTP_HOST"], environ["PATH_INFO"], environ["QUERY_STRING"]) == ("name:81", "/p", "q")


@pytest.mark.parametrize(
    ("line", "connection", "keep_alive"),
    [
        (b"GET / HTTP/1.1", b"", True),
        (b"GET / HTTP/1.1", b"Connection: close\r\n", False),
        (b"GET / HTTP/1.0", b"", False),
        (b"GET / HTTP/1.0", b"Connection: keep-alive\r\n", True),
    ],
)
def test_client_decides_whether_the_connection_persists(line, connection, keep_alive):
    assert only_request(line + b"\r\nHost: x\r\n" + connection + b"\r\n").keep_alive is keep_alive


def test_requests_in_one_piece_keep_their_order_and_the_last_may_be_malformed():
    first = POST + b"Content-Length: 1\r\n\r\n1"
    reader = reader_of(first + CHUNKED + b"1\r\n2\r\n0\r\n\r\n" + b"GET / HTTP/1.1\r\n\r\n" + first)
    assert [body_of(request) for request in reader.requests] == [b"1", b"2"]
    assert reader.refusal.status == 400


def test_bytes_after_a_request_that_closes_the_connection_are_not_read():
    reader = reader_of(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert len(reader.requests) == 1
    assert not reader.requests[0].keep_alive


@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_offer_of_another_protocol_is_ignored(size):
    """Java's client offers h2c with its first request, which has a body."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
    with_length = POST + offer + b"Content-Length: 5\r\n\r\nhello"
    chunked = POST + offer + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    without = b"GET / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n"
    for sent, body in ((with_length, b"hello"), (chunked, b"hello"), (without, b"")):
        sent += POST + b"Content-Length: 4\r\n\r\nnext"
        reader = reader_of(*[sent[start : start + size] for start in range(0, len(sent), size)])
        assert reader.refusal is None
        assert [body_of(request) for request in reader.requests] == [body, b"next"]
        assert all(request.keep_alive for request in reader.requests)


@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_every_request_of_a_connection_may_offer_another_protocol(size):
    offer = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    sent = (POST + offer + b"Content-Length: 5\r\n\r\nhello") * 3 + (POST + offer + b"\r\n") * 2
    reader = reader_of(*[sent[start : start + size] for start in range(0, len(sent), size)])
    assert reader.refusal is None
    assert [body_of(request) for request in reader.requests] == [b"hello"] * 3 + [b""] * 2


def test_bounds_hold_for_a_request_that_offers_another_protocol():
    offer = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert status_of(offer, *[b"1\r\na\r\n" * 150] * 20) == 400
    assert status_of(offer, *[b"3e8\r\n" + b"a" * 1_000 + b"\r\n"] * (LIMIT // 1_000 + 1)) == 413


def test_incomplete_request_needs_little_more_memory_than_its_bytes():
    parts = 6_000
    tracemalloc.start()
    try:
        body = reader_of(CHUNKED, *[b"c\r\nabcdefghijkl\r\n"] * parts)
        assert body.refusal is None
        trailers = reader_of(CHUNKED + b"400\r\n" + b"a" * 0x400 + b"\r\n0\r\n", *[b"ab:c\r\n"] * 700)
        assert trailers.refusal is None
        assert tracemalloc.get_traced_memory()[0] < 2 * 12 * parts
    finally:
        tracemalloc.stop()
    assert status_of(b"GET / HTTP/1.1\r\n", *[b"ab:c\r\n"] * 60) == 431


def test_client_that_waits_for_permission_is_known():
    reader = reader_of(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert reader.awaits_continue
    assert reader.in_progress
    reader.feed(b"hello")
    assert not reader.in_progress
    assert body_of(reader.requests[0]) == b"hello"


def test_a_refusal_keeps_nothing_of_the_request():
    """A refusal is one object for all requests. Its traceback grew with each request that it refused."""
    for _ in range(3):
        reader = RequestReader({}, 1_000)
        reader.feed(b"GET / HTTP/1.1\r\n\r\n")
        assert reader.refusal is not None
        assert reader.refusal.__traceback__ is None
        assert reader.refusal.__context__ is None
