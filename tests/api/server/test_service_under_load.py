"""Real faults in a real service: gunicorn on loopback, under constant load."""

import json
import os
import signal
import socket
import time
from contextlib import suppress

import psutil
import pytest
from exposition import samples, total
from promoted import ADMIN, promote, write_admin_key, write_certificate, write_constant_model
from served import Load, serving

from api.serving.seal_keys import IN_THE_CLEAR

SOAK_SECONDS = float(os.environ.get("TEXTLAB_SOAK_SECONDS", "600"))


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
        log_level="warning",
        request_seconds=5,
        deadline_ms=20_000,  # so that no request is too late on a busy machine
        keys_file=write_admin_key(folder),
    ) as running:
        yield running


def test_main_process_says_once_for_all_workers_that_texts_are_in_the_clear(server):
    assert server.log.read_text().count(IN_THE_CLEAR) == 1


def resident(server) -> float:
    """The resident memory of all workers, in MB."""
    return sum(psutil.Process(worker).memory_info().rss for worker in server.workers()) / 1e6


@pytest.mark.slow
def test_slow_clients_over_tls_do_not_delay_others(folder, tmp_path):
    certificate, key = write_certificate(tmp_path)
    settings = {"tls_certificate": certificate, "tls_key": key, "request_seconds": 1}
    with serving(folder / "models/sentiment", tmp_path / "service", **settings) as server:
        status, headers, _ = server.call("POST", "/predict", {"text": "x"})
        assert status == 200
        assert headers["Strict-Transport-Security"]
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
        started = time.monotonic()
        assert server.call("POST", "/predict", {"text": "x"})[0] == 200
        assert time.monotonic() - started < 30  # one after the other, they would take a minute
        silent[0].settimeout(60)
        assert silent[0].recv(1) == b"", "the service waited for a handshake that never came"
        for connection in silent:
            connection.close()
        assert '"level": "error"' not in server.log.read_text()


def test_worker_fits_on_a_machine_with_one_gigabyte(server):
    assert resident(server) / 2 < 480  # TensorFlow's Python package would make it about 580


def test_swap_under_load_loses_no_request_and_happens_at_once_in_all_workers(server):
    with Load(server) as load:
        load.wait_for_answers()
        before = time.monotonic()
        status, _, answer = server.call("POST", "/models/load/1", headers=ADMIN)
        after = time.monotonic()
        load.wait_for_answers()
    assert (status, answer["workers"]) == (200, 2)
    assert set(load.counts) == {200}
    assert {version for _, ended, version in load.versions if ended < before} == {2}
    assert {version for started, _, version in load.versions if started > after} == {1}
    # One moment: once the new model has answered, the old model answers no request that begins later.
    first_new = min(ended for _, ended, version in load.versions if version == 1)
    assert all(version == 1 for started, _, version in load.versions if started > first_new)
    server.call("POST", "/models/load/2", headers=ADMIN)


def test_killed_worker_loses_only_its_own_requests(server):
    clients = 8
    with Load(server, clients) as load:
        load.wait_for_answers()
        victim = server.workers()[0]
        os.kill(victim, signal.SIGKILL)
        load.wait_for_answers()
        until = time.monotonic() + 200
        while victim in server.workers() and time.monotonic() < until:
            time.sleep(0.05)  # it counts as long as it holds its files
        while server.call("GET", "/health")[2]["workers"] < 2 and time.monotonic() < until:
            time.sleep(0.2)
    assert server.call("GET", "/health")[2]["workers"] == 2
    assert victim not in server.workers()
    failed = sum(count for outcome, count in load.counts.items() if outcome != 200)
    assert failed <= clients


def predictions_counted(server, **labels) -> float:
    text = server.call("GET", "/metrics", headers=ADMIN)[2].decode()
    return total(samples(text), "textlab_requests_total", route="/predict", **labels)


def test_metrics_sum_over_all_workers_including_dead_ones(server):
    time.sleep(2)  # each worker shares its counts every second
    before = predictions_counted(server)
    with Load(server) as load:
        load.wait_for_answers()
    until = time.monotonic() + 60
    while predictions_counted(server) - before != load.counts[200] and time.monotonic() < until:
        time.sleep(0.1)
    victim = server.workers()[0]
    os.kill(victim, signal.SIGKILL)
    until = time.monotonic() + 120
    while victim in server.workers() and time.monotonic() < until:
        time.sleep(0.1)
    assert predictions_counted(server) - before == load.counts[200]


def test_slow_clients_are_closed_and_do_not_delay_others(server):
    logged, faults = len(server.log.read_text()), predictions_counted(server, status="500")
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
    try:
        for number, connection in enumerate(slow):
            if number % 3 == 1:
                connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Le")
            elif number % 3 == 2:
                connection.sendall(
                    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    b'Content-Length: 100\r\n\r\n{"te'
                )
        time.sleep(0.3)
        started = time.monotonic()
        assert all(server.call("POST", "/predict", {"text": "x"})[0] == 200 for _ in range(10))
        assert time.monotonic() - started < 60  # one after the other, they would take 150 seconds
        dripping = slow[1]
        dripping.settimeout(0.5)
        for _ in range(100):
            try:
                dripping.sendall(b"n")
                time.sleep(0.4)
            except OSError:
                break
        else:
            pytest.fail("a request that never ends was never closed")
        for connection in slow:
            connection.settimeout(60)
            with suppress(OSError):  # reset if the service did not read what was sent
                while connection.recv(1_000):
                    pass
    finally:
        for connection in slow:
            connection.close()
    assert '"level": "error"' not in server.log.read_text()[logged:], "a client's fault was logged as ours"
    assert predictions_counted(server, status="500") == faults


def test_request_in_pieces_is_answered(server):
    body = b'{"text": "in pieces"}'
    request = (
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(60)
        for start in range(0, len(request), 25):
            connection.sendall(request[start : start + 25])
            time.sleep(0.02)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"label"' in answer


def test_expect_continue_is_answered(server):
    body = b'{"text": "may I"}'
    head = (
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(60)
        connection.sendall(head)
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_answer_comes_in_one_piece(server):
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(60)
        for _ in range(20):
            connection.sendall(request)
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert json.loads(body)["workers"] >= 1


def test_answer_of_a_megabyte_is_sent_completely(server):
    status, headers, content = server.call("GET", "/docs/swagger-ui-bundle.js")
    assert status == 200
    assert len(content) == int(headers["Content-Length"]) > 1_000_000


def test_clients_that_never_close_do_not_delay_others(server):
    request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    lingering = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
    try:
        for connection in lingering:
            connection.sendall(request)
        time.sleep(0.3)
        started = time.monotonic()
        assert all(server.call("POST", "/predict", {"text": "x"})[0] == 200 for _ in range(10))
        assert time.monotonic() - started < 40  # one after the other, they would take 100 seconds
    finally:
        for connection in lingering:
            connection.close()


def test_half_a_request_is_closed_without_an_answer(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(60)
        connection.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096) == b""


def test_chunked_body_above_the_limit_is_refused_early(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(60)
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        try:
            for _ in range(64):
                connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
        except OSError:
            pass  # the service may close the connection
        else:
            connection.sendall(b"0\r\n\r\n")
        assert b" 413 " in connection.recv(4096)[:20]
    assert server.call("POST", "/predict", {"text": "x"})[0] == 200


def test_service_does_not_start_with_a_damaged_bundle(folder, tmp_path):
    model = tmp_path / "sentiment"
    promote(folder / "one", model / "1")
    (model / "1" / "assets.extra" / "labels.json").write_text('["no", "yes"]')
    with pytest.raises(RuntimeError, match="does not match its manifest"), serving(model, tmp_path / "service"):
        pass


@pytest.mark.slow
def test_fifty_swaps_under_load_lose_no_request_and_leak_no_memory(server):
    with Load(server, 4) as load:
        sizes = []
        for number in range(50):
            assert server.call("POST", f"/models/load/{number % 2 + 1}", headers=ADMIN)[0] == 200
            if number in (9, 49):
                time.sleep(1)
                sizes.append(resident(server))
    assert set(load.counts) == {200}
    assert sizes[1] - sizes[0] < 30, sizes


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ten_minutes_of_traffic_lose_no_request_and_leak_no_memory(server):
    """Constant predictions, with invalid requests, feedback, health, metrics and swaps in between."""
    ended = time.monotonic() + SOAK_SECONDS
    sizes, number = [], 0
    with Load(server, 8) as load:
        while time.monotonic() < ended:
            number += 1
            assert server.call("POST", "/predict", {"text": ""})[0] == 422
            assert server.call("POST", "/feedback", {"text": f"tweet {number}", "label": "negative"})[0] == 200
            assert server.call("GET", "/health")[2]["workers"] == 2
            assert server.call("GET", "/metrics", headers=ADMIN)[0] == 200
            if number % 60 == 0:
                assert server.call("POST", f"/models/load/{number // 60 % 2 + 1}", headers=ADMIN)[0] == 200
            if number % 10 == 0:
                sizes.append(resident(server))
            time.sleep(0.2)
    assert set(load.counts) == {200}
    longest = max(answered - asked for asked, answered, _ in load.versions)
    assert longest < 10, "a request waited for half as long as its deadline"
    # The store of predictions fills up at first; after that, nothing may grow.
    half = len(sizes) // 2
    assert max(sizes[half:]) - max(sizes[:half]) < 30, sizes
