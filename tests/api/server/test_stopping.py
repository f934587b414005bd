"""How a service ends, and what does not end it: failed starts of workers, a main process without files."""

import os
import signal
import socket
import threading
import time
from contextlib import suppress

import pytest
from promoted import promote, write_constant_model
from served import Load, serving

CHUNKED = (
    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One service for all tests of this file. The last one stops it."""
    folder = tmp_path_factory.mktemp("stopping")
    model = folder / "models/sentiment"
    promote(write_constant_model(folder / "one", [0.9, 0.1]), model / "1")
    with serving(model, folder / "service", workers=2, deadline_ms=2_000, log_level="warning") as running:
        running.model = model
        yield running


def connected(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def wait_until_both_workers_answer(server):
    """Wait until ids of two processes have come. A worker counts as live while it still loads the model."""
    processes, until = set(), time.monotonic() + 60
    while len(processes) < 2:
        assert time.monotonic() < until
        connections = [connected(server) for _ in range(16)]
        for connection in connections:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for connection in connections:
            processes.add(connection.recv(4_096).partition(b"X-Request-ID: ")[2][:8])
            connection.close()


class NewConnections:
    """A client that sends each request over a new connection, until nobody listens."""

    def __init__(self, server):
        self.statuses, self._port, self._stop = [], server.port, threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def join(self):
        self._thread.join(30)

    def stop(self):
        self._stop.set()
        self.join()

    def _ask(self):
        body = b'{"text": "x"}'
        request = (
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        while not self._stop.is_set():
            try:
                connection = socket.create_connection(("127.0.0.1", self._port), timeout=20)
            except ConnectionRefusedError:
                return
            try:
                connection.sendall(request)
                self.statuses.append(connection.recv(65_536)[9:12])
            except OSError as error:
                self.statuses.append(type(error).__name__)
            finally:
                connection.close()


def test_workers_that_are_replaced_lose_no_request(server):
    before = set(server.workers())
    with Load(server, 3) as load:
        new = NewConnections(server)
        load.wait_for_answers()
        server.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 60
        while len(server.workers()) != 2 or before & set(server.workers()):
            assert time.monotonic() < until
            time.sleep(0.1)
        load.wait_for_answers()
        new.stop()
    assert set(new.statuses) == {b"200"}
    # A client may send a request at the very moment at which its idle connection is closed; this one is never idle.
    assert set(load.counts) == {200}


def test_failed_starts_do_not_end_a_service_that_serves(server):
    wait_until_both_workers_answer(server)
    hidden = server.model.with_name("hidden")
    server.model.rename(hidden)
    victim, survivor = server.workers()
    os.kill(victim, signal.SIGKILL)
    until = time.monotonic() + 60
    while server.log.read_text().count("a worker could not start") < 2:
        assert time.monotonic() < until
        with suppress(OSError):
            assert server.call("GET", "/health/live")[0] == 200
        time.sleep(0.1)
    assert server.call("POST", "/predict", {"text": "x"})[0] == 200
    assert survivor in server.workers()
    hidden.rename(server.model)
    while server.call("GET", "/health")[2]["workers"] < 2:
        assert time.monotonic() < until + 60
        time.sleep(0.1)
    assert "Traceback" not in server.log.read_text()


def test_stop_takes_seconds_with_idle_and_slow_clients_and_loses_no_request(server):
    wait_until_both_workers_answer(server)
    idle = [connected(server) for _ in range(20)]
    for connection in idle[:10]:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(4_096).startswith(b"HTTP/1.1 200")
    slow = [connected(server) for _ in range(5)]
    for connection in slow:
        connection.sendall(CHUNKED + b"1\r\n \r\n")
    half = connected(server)
    half.sendall(CHUNKED + b'd\r\n{"text": "x"}\r\n')
    with Load(server, 3) as load:
        new = [NewConnections(server) for _ in range(3)]
        load.wait_for_answers()
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        half.sendall(b"0\r\n\r\n")
        answer = half.recv(65_536)
        server.process.wait(20)
        seconds = time.monotonic() - started
        for client in new:
            client.join()
    assert answer.startswith(b"HTTP/1.1 200"), "a request that had begun was lost"
    assert b"\r\nConnection: close\r\n" in answer
    assert seconds < 5 + 2, "machines of tests are slow; alone it takes 3.5"
    for client in new:
        assert client.statuses
        assert set(client.statuses) == {b"200"}
    assert set(load.counts) <= {200, "ConnectionRefusedError"}
    assert server.process.returncode == 0
    for connection in [*idle, *slow, half]:
        connection.close()
