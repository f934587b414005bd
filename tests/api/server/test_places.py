"""Places for connections: who gets one when all are taken, and when a connection has to end."""

import resource
import subprocess
import sys

import gevent.socket
import pytest

from api.server.places import MAX_HELD_BYTES, OTHER_FILES, RESERVED, Places, places_allowed


class Connected:
    """A connection with its place, and the client's end of it."""

    def __init__(self, places, address=""):
        self.client, self._theirs = gevent.socket.socketpair()
        self._theirs.setblocking(0)
        self.place = places.take(self.client, address)

    @property
    def ended(self):
        """Return whether the service has ended the connection."""
        try:
            return self._theirs._sock.recv(1) == b""
        except BlockingIOError:
            return False

    def close(self):
        self.client.close()
        self._theirs.close()


@pytest.fixture
def connect():
    """A function that opens a connection."""
    opened = []

    def open_one(places, address=""):
        opened.append(Connected(places, address))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def places_of(count, **changes):
    return Places(count, **({"idle_seconds": 15, "request_seconds": 15, "shared_address": True} | changes))


def test_newcomer_takes_the_place_of_the_connection_that_was_idle_longest(connect):
    places = places_of(3)
    first, second, third = (connect(places) for _ in range(3))
    for each in (first, second, third):
        each.place.since -= 5
    places.idle(first.place)  # it has just been answered
    newcomer = connect(places)
    assert newcomer.place is not None
    assert not newcomer.place.reserved
    assert [each.ended for each in (first, second, third)] == [False, True, False]
    assert len(places) == 3


def test_connection_of_a_proxy_stays_idle_for_longer_than_a_request_may_take(connect):
    places = places_of(2, idle_seconds=120, request_seconds=5)
    silent, proxy = connect(places).place, connect(places).place
    places.answer(proxy)
    places.send(proxy)
    places.idle(proxy)
    assert silent.until - silent.since == 5
    assert proxy.until - proxy.since == 120
    places.stop(1, 3)
    assert proxy.until - proxy.since < 2


def test_slowest_upload_gives_way_when_nobody_is_idle(connect):
    places = places_of(3)
    answered, slow, slower = (connect(places) for _ in range(3))
    for each in (slower, slow, answered):
        places.receive(each.place)
        each.place.since -= 5
    places.answer(answered.place)
    assert connect(places).place is not None
    assert [each.ended for each in (answered, slow, slower)] == [False, False, True]


def test_newcomer_that_has_not_spoken_yet_does_not_give_way_to_a_flood(connect):
    places = places_of(2)
    slow = connect(places)
    places.receive(slow.place)
    slow.place.since -= 5
    newcomer, others = connect(places), [connect(places) for _ in range(RESERVED)]
    assert slow.ended
    assert not newcomer.ended
    assert not any(each.ended for each in others)


def test_reserved_places_answer_health_and_admin_calls_alone(connect):
    places = places_of(2)
    for _ in range(2):
        places.answer(connect(places).place)
    reserved = [connect(places) for _ in range(RESERVED)]
    assert all(each.place.reserved for each in reserved)
    assert places.is_reserved(reserved[0].place, "/predict")
    assert not any(places.is_reserved(reserved[0].place, path) for path in ("/health/live", "/models/load/2"))
    for each in reserved:
        places.answer(each.place)
    assert connect(places).place is None


def test_reserved_place_becomes_an_ordinary_one_when_another_connection_ends(connect):
    places = places_of(1)
    first = connect(places)
    places.answer(first.place)
    second = connect(places)
    assert places.is_reserved(second.place, "/predict")
    places.leave(first.place)
    assert not places.is_reserved(second.place, "/predict")
    places.answer(second.place)
    assert connect(places).place.reserved


def test_busy_connections_of_few_addresses_lock_nobody_out(connect):
    places = places_of(20, shared_address=False)
    busy = [connect(places, f"192.0.2.{number % 2}") for number in range(60)]
    for each in busy:
        places.answer(each.place)
        places.send(each.place)
        places.idle(each.place)
    newcomers = [connect(places, "192.0.2.7") for _ in range(3)]
    assert not any(each.place.reserved for each in newcomers)
    for number in range(60):
        connect(places, f"192.0.2.{number % 2}")
    assert not any(each.ended for each in newcomers)


def test_one_address_cannot_fill_all_places(connect):
    places = places_of(8, shared_address=False)
    greedy = [connect(places, "192.0.2.1") for _ in range(20)]
    assert sum(not each.ended for each in greedy) == 6
    others = [connect(places, "192.0.2.2") for _ in range(2)]
    assert not any(each.ended for each in others)
    assert len(places) == 8


def test_clients_behind_a_proxy_share_its_address_without_a_share(connect):
    places = places_of(8)
    clients = [connect(places, "192.0.2.1") for _ in range(8)]
    assert not any(each.ended for each in clients)


def test_connections_end_after_their_time(connect):
    places = places_of(8, idle_seconds=-1)
    idle, answering, loading = (connect(places) for _ in range(3))
    places.answer(answering.place)
    places.answer(loading.place, unlimited=True)
    places.close_late()
    assert [each.ended for each in (idle, answering, loading)] == [True, False, False]
    answering.place.until = 0
    places.close_late()
    assert [each.ended for each in (answering, loading)] == [True, False]


def test_stopping_leaves_time_to_the_application_alone(connect):
    places = places_of(8)
    idle, receiving, answering = (connect(places) for _ in range(3))
    places.receive(receiving.place)
    places.receive(answering.place)
    places.answer(answering.place)
    places.stop(idle_seconds=-1, receiving_seconds=-1)
    places.close_late()
    assert [each.ended for each in (idle, receiving, answering)] == [True, True, False]


def test_slowest_upload_is_closed_when_incomplete_bodies_need_too_much_memory(connect):
    places = places_of(8)
    slowest, slow, answered = (connect(places) for _ in range(3))
    for each in (slowest, answered, slow):
        places.receive(each.place, MAX_HELD_BYTES // 3)
    places.answer(answered.place)
    newcomer = connect(places)
    places.receive(newcomer.place, MAX_HELD_BYTES // 3)
    assert not any(each.ended for each in (slowest, slow, answered, newcomer))
    places.receive(newcomer.place, MAX_HELD_BYTES // 3 + 10)
    assert [each.ended for each in (slowest, slow, answered, newcomer)] == [True, False, False, False]


def test_place_that_was_given_away_stays_lost(connect):
    places = places_of(1)
    lost = connect(places)
    lost.place.since -= 5
    kept = connect(places)
    for change in (places.receive, places.answer, places.send, places.idle, places.leave):
        change(lost.place)
    assert len(places) == 1
    places.leave(kept.place)
    assert len(places) == 0


LIMITED = """
import resource, sys
soft, hard, wanted = (int(number) for number in sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from api.server.places import places_allowed
print(places_allowed(wanted), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_places_follow_from_the_limit_of_open_files():
    allowed, soft = allowed_with(256, 256, 1_000)
    assert 100 < allowed < 256 - OTHER_FILES - RESERVED
    assert soft == 256
    wanted, raised = allowed_with(64, 2_000, 500)
    assert wanted == 500, "the soft limit can be raised"
    assert 580 <= raised < 700
    assert allowed_with(30, 30, 1_000)[0] == 1


def allowed_with(soft, hard, wanted):
    command = [sys.executable, "-c", LIMITED, str(soft), str(hard), str(wanted)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(number) for number in ended.stdout.split()]


def test_places_allowed_are_never_more_than_wanted():
    assert places_allowed(10) == 10
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 10
