"""A connection in process: what it holds while its client does not read, and when it can be ended."""

import time

import gevent
import gevent.socket
import pytest

from api.server.connection import Connection
from api.server.places import Places
from api.server.reading import RequestReader
from api.server.refusals import RefusalCounts
from api.server.turns import Turns

BUFFER_BYTES = 4_096
ADMIN_CALL = b"POST /models/load/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"  # its answer may take long


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a" * 1_000]


@pytest.fixture
def places():
    return Places(1, idle_seconds=15, request_seconds=15, shared_address=True)


@pytest.fixture
def unread(places):
    """The place of a client that sends many requests for small answers and reads none of them."""
    served, client = gevent.socket.socketpair()
    served.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_SNDBUF, BUFFER_BYTES)
    place = places.take(served, "")
    connection = Connection(served, place, places, RequestReader({}, 1_000), application, RefusalCounts(), Turns())
    greenlet = gevent.spawn(connection.serve)
    client.sendall(ADMIN_CALL * 50)
    gevent.sleep(0.05)
    assert not greenlet.ready()
    yield place
    greenlet.kill()
    served.close()
    client.close()


def test_client_that_does_not_read_small_answers_has_a_time_limit(unread):
    assert time.monotonic() < unread.until < time.monotonic() + 16


def test_client_that_does_not_read_small_answers_gives_way_to_others(places, unread):
    unread.since -= 5
    ours, theirs = gevent.socket.socketpair()
    place = places.take(ours, "")
    assert not place.reserved
    assert len(places) == 1
    ours.close()
    theirs.close()
