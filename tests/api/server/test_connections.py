"""Connections in process: what waits for a turn, and what a client that does not read its answers holds."""

import tracemalloc
from contextlib import suppress

import gevent
import gevent.socket
import pytest

from api.server.connection import Connection
from api.server.places import Places
from api.server.reading import RequestReader
from api.server.refusals import RefusalCounts
from api.server.turns import Turns

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class CountedTurns(Turns):
    """Turns that count how often a connection waited for one."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def wait(self):
        self.count += 1
        super().wait()


@pytest.fixture
def connect():
    """A function that serves a connection with an application. It returns the client's end."""
    opened = []

    def open_one(application, turns=None, places=None):
        theirs, client = gevent.socket.socketpair()
        places = Places(9, 15, 15, True) if places is None else places  # empty ones are false
        reader = RequestReader({"wsgi.url_scheme": "http"}, 100_000)
        place = places.take(client, "")
        connection = Connection(client, place, places, reader, application, RefusalCounts(), turns or Turns())
        opened.append((gevent.spawn(connection.serve), theirs, client))
        return theirs

    yield open_one
    for greenlet, *sockets in opened:
        greenlet.kill()
        for each in sockets:
            each.close()


def short(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def test_client_that_waits_for_each_answer_never_waits_for_a_turn(connect):
    turns = CountedTurns()
    client = connect(short, turns)
    for _ in range(40):
        client.sendall(REQUEST)
        assert client.recv(4_096).endswith(b"ok")
    assert turns.count == 0


def test_client_that_does_not_wait_for_answers_waits_for_turns(connect):
    turns = CountedTurns()
    client = connect(short, turns)
    client.sendall(REQUEST * 400)
    received = b""
    while received.count(b"ok") < 400:
        received += client.recv(65_536)
    assert turns.count > 300


@pytest.mark.parametrize("path", [b"/health/live", b"/models/load/1"])
def test_client_that_reads_no_answer_gives_its_place_to_a_newcomer(connect, path):
    places = Places(1, 15, 15, True)
    client = connect(short, places=places)
    client.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            client.send(REQUEST.replace(b"/health/live", path))
            gevent.sleep(0)
    gevent.sleep(0.1)  # until the service has tried to answer
    [place] = places._slow
    place.since -= 5
    assert place.until < place.since + 60
    assert not places.take(gevent.socket.socketpair()[0], "").reserved
    assert place not in places._all()


def test_downloads_of_one_file_share_its_bytes(connect):
    content = bytes(10_000_000)

    def large(environ, start_response):
        start_response("200 OK", [("Content-Length", str(len(content)))])
        return [content]

    tracemalloc.start()
    try:
        for _ in range(20):
            connect(large).sendall(REQUEST)
        gevent.sleep(0.05)
        assert tracemalloc.get_traced_memory()[1] < len(content)
    finally:
        tracemalloc.stop()
