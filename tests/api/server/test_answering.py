"""Answers as bytes: one piece, a length, and no more than the client may get."""

import gc
import weakref

import pytest

from api.server.answering import TOGETHER_BYTES, Answer


def application(status, headers, *pieces):
    def run(environ, start_response):
        start_response(status, headers)
        return iter(pieces)

    return run


def answered(app, method="GET", protocol="HTTP/1.1", keep_alive=True):
    answer = Answer({"REQUEST_METHOD": method, "SERVER_PROTOCOL": protocol})
    answer.run(app)
    first = answer.first(keep_alive)
    return answer, first, list(answer.others())


def test_head_and_body_are_one_piece_with_a_length():
    answer, first, others = answered(application("200 OK", [("X-A", "b")], b"hello ", b"world"))
    head, _, body = first.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nX-A: b\r\nDate: ")
    assert b"\r\nContent-Length: 11" in head
    assert b"Connection" not in head
    assert (body, others, answer.complete) == (b"hello world", [], True)


def test_date_of_the_application_stays_alone():
    _, first, _ = answered(application("200 OK", [("Date", "Sun, 29 Nov 2026 17:00:25 GMT")], b""))
    assert first.count(b"Date: ") == 1


def test_large_answer_is_sent_in_pieces_and_read_as_they_are_sent():
    read = []

    def pieces():
        for _ in range(10):
            read.append(TOGETHER_BYTES)
            yield b"a" * TOGETHER_BYTES

    answer = Answer({"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"})
    length = ("content-length", str(10 * TOGETHER_BYTES))
    answer.run(lambda _, start: start("200 OK", [length]) and pieces())
    first = answer.first(keep_alive=True)
    assert len(read) == 1
    assert len(first.partition(b"\r\n\r\n")[2]) + sum(map(len, answer.others())) == 10 * TOGETHER_BYTES
    assert answer.complete


def test_large_answer_without_a_length_gets_one():
    answer, first, others = answered(application("200 OK", [], *[b"a" * TOGETHER_BYTES] * 3))
    assert b"Content-Length: %d\r\n" % (3 * TOGETHER_BYTES) in first
    assert sum(map(len, others)) == 3 * TOGETHER_BYTES
    assert answer.complete


@pytest.mark.parametrize(
    ("status", "method"), [("200 OK", "HEAD"), ("204 NO CONTENT", "GET"), ("304 NOT MODIFIED", "GET")]
)
def test_answer_without_a_body_has_none(status, method):
    answer, first, others = answered(application(status, [], b"body"), method)
    assert first.endswith(b"\r\n\r\n")
    assert (others, answer.complete) == ([], True)


def test_wrong_length_ends_the_connection():
    answer, _, _ = answered(application("200 OK", [("Content-Length", "9")], b"short"))
    assert not answer.complete


def test_connection_header_tells_what_happens_next():
    plain = application("200 OK", [], b"")
    assert b"\r\nConnection: close\r\n" in answered(plain, keep_alive=False)[1]
    assert b"\r\nConnection: keep-alive\r\n" in answered(plain, protocol="HTTP/1.0")[1]


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nX: b", "a\rX: b"])
def test_header_with_a_line_break_is_never_sent(value):
    with pytest.raises(ValueError, match="line break"):
        answered(application("200 OK", [("X-A", value)], b""))


def test_what_the_application_holds_is_freed():
    class Closing(list):
        closed = False

        def close(self):
            Closing.closed = True

    answer = Answer({"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"})
    answer.run(lambda _, start: start("200 OK", []) and Closing([b"a"]))
    answer.close()
    assert Closing.closed


def test_closed_answer_frees_the_request():
    """Flask's request and its environment hold each other. Bodies stayed in memory until a full garbage collection."""

    class Body(bytearray):
        pass

    def app(environ, start_response):
        environ["request"] = [environ]  # the cycle
        start_response("200 OK", [])
        return [b"x"]

    environ = {"REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": Body(1_000)}
    freed = weakref.ref(environ["wsgi.input"])
    answer = Answer(environ)
    del environ
    gc.disable()
    try:
        answer.run(app)
        answer.first(keep_alive=True)
        answer.close()
        assert freed() is None
    finally:
        gc.enable()
