"""Faults done for real: gunicorn on loopback, clients that ask all the time."""

import os
import signal
import socket
import time

import psutil
import pytest
from promoted import ADMIN, promote, write_admin_key, write_constant_model
from served import Load, serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    promote(write_constant_model(folder / "one", [0.9, 0.1]), folder / "models/sentiment/1")
    promote(write_constant_model(folder / "two", [0.2, 0.8]), folder / "models/sentiment/2")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with serving(
        folder / "models/sentiment",
        folder / "service",
        workers=2,
        threads=8,
        log_level="warning",
        request_seconds=3,
        keys_file=write_admin_key(folder),
    ) as running:
        yield running


def test_swap_under_load_loses_nothing_and_is_one_moment_for_all_workers(server):
    with Load(server) as load:
        time.sleep(0.5)
        before = time.monotonic()
        status, _, answer = server.call("POST", "/models/load/1", headers=ADMIN)
        after = time.monotonic()
        time.sleep(0.5)
    assert (status, answer["workers"]) == (200, 2)
    assert set(load.counts) == {200}
    assert {version for _, ended, version in load.versions if ended < before} == {2}
    assert {version for started, _, version in load.versions if started > after} == {1}
    # One moment: no request that began after an answer of the new model was answered by the old one.
    first_new = min(ended for _, ended, version in load.versions if version == 1)
    assert all(version == 1 for started, _, version in load.versions if started > first_new)
    server.call("POST", "/models/load/2", headers=ADMIN)


def test_killed_worker_takes_only_its_own_requests_along(server):
    clients = 8
    with Load(server, clients) as load:
        time.sleep(0.5)
        victim = server.workers()[0]
        os.kill(victim, signal.SIGKILL)
        time.sleep(1)
        asked = load.counts[200]
        time.sleep(1)
        assert load.counts[200] > asked
        until = time.monotonic() + 40
        while server.call("GET", "/health")[2]["workers"] < 2 and time.monotonic() < until:
            time.sleep(0.2)
    assert server.call("GET", "/health")[2]["workers"] == 2
    assert victim not in server.workers()
    failed = sum(count for outcome, count in load.counts.items() if outcome != 200)
    assert failed <= clients


def test_slow_clients_hold_nobody_up_and_are_closed(server):
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
    try:
        for number, connection in enumerate(slow):
            if number % 3 == 1:
                connection.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Le")
            elif number % 3 == 2:
                connection.sendall(
                    b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    b'Content-Length: 100\r\n\r\n{"te'
                )
        time.sleep(0.3)
        started = time.monotonic()
        assert all(server.call("POST", "/predict", {"text": "x"})[0] == 200 for _ in range(10))
        assert time.monotonic() - started < 6
        dripping = slow[1]
        dripping.settimeout(0.5)
        for _ in range(20):
            try:
                dripping.sendall(b"n")
                time.sleep(0.4)
            except OSError:
                break
        else:
            pytest.fail("a request that never ends was never closed")
    finally:
        for connection in slow:
            connection.close()


def test_request_in_pieces_is_answered(server):
    body = b'{"text": "in pieces"}'
    request = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(5)
        for start in range(0, len(request), 25):
            connection.sendall(request[start : start + 25])
            time.sleep(0.02)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"label"' in answer


def test_half_a_request_and_an_end_is_closed_without_an_answer(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(5)
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096) == b""


def test_chunked_body_beyond_the_limit_is_refused_on_the_way(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(5)
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        try:
            for _ in range(64):
                connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        except OSError:
            pass  # the service has hung up, as it may
        else:
            connection.sendall(b"0\r\n\r\n")
        assert b" 413 " in connection.recv(4096)[:20]
    assert server.call("POST", "/predict", {"text": "x"})[0] == 200


def test_damaged_bundle_ends_the_start(folder, tmp_path):
    model = tmp_path / "sentiment"
    promote(folder / "one", model / "1")
    (model / "1" / "assets.extra" / "labels.json").write_text('["no", "yes"]')
    with pytest.raises(RuntimeError, match="does not match its manifest"), serving(model, tmp_path / "service"):
        pass


@pytest.mark.slow
def test_fifty_swaps_under_load_lose_nothing_and_memory_stays(server):
    def resident():
        return sum(psutil.Process(worker).memory_info().rss for worker in server.workers()) / 1e6

    with Load(server, 4) as load:
        sizes = []
        for number in range(50):
            assert server.call("POST", f"/models/load/{number % 2 + 1}", headers=ADMIN)[0] == 200
            if number in (9, 49):
                time.sleep(1)
                sizes.append(resident())
    assert set(load.counts) == {200}
    assert sizes[1] - sizes[0] < 30, sizes
