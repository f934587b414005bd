"""Attacks on the transport of a real service, and the probes that must be answered meanwhile."""

import json
import time
from contextlib import suppress
from functools import partial

import psutil
import pytest
from background import in_background
from promoted import promote, write_constant_model
from served import serving
from transport_attacks import (
    ATTACKS,
    CHUNKED,
    MALFORMED,
    characters_for_bytes,
    connected,
    idle_connections,
    malformed_requests,
    unread_answers,
)

PLACES = 200
MANY_CONNECTIONS = (idle_connections, unread_answers)  # one attacker opens more than there are places


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked")
    promote(write_constant_model(folder / "one", [0.9, 0.1]), folder / "models/sentiment/1")
    with serving(folder / "models/sentiment", folder / "service", connections=PLACES, deadline_ms=20_000) as running:
        yield running


def under(attack, server, attackers=4):
    """Let attackers run."""
    return in_background(partial(attack, server), attackers)


def answer_to(server, request):
    """Return the bytes of the answer, until the service closes the connection."""
    answer = b""
    with connected(server) as connection:
        connection.sendall(request)
        while piece := connection.recv(65_536):
            answer += piece
    return answer


def problem_in(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Type: application/problem+json" in head
    assert b"Connection: close" in head
    assert b"Cache-Control: no-store" in head
    document = json.loads(body)
    assert all(document[part] for part in ("title", "came", "action", "request_id"))
    return document


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_probes_and_predictions_are_answered_under(attack, server):
    with under(attack, server, 1 if attack in MANY_CONNECTIONS else 4):
        time.sleep(0.3)
        worker = psutil.Process(server.workers()[0])
        for _ in range(5):
            started, used = time.monotonic(), sum(worker.cpu_times()[:2])
            assert server.call("GET", "/health/live", timeout=20)[0] == 200
            assert server.call("POST", "/predict", {"text": "x"}, timeout=20)[0] == 200
            # Processor time of the worker, because the machine may be busy with other things.
            assert min(time.monotonic() - started, sum(worker.cpu_times()[:2]) - used) < 1.0


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (CHUNKED + b"1;a=" + b"f" * 16_000, 400),
        (CHUNKED + b"1\r\na\r\n" * 2_700, 400),
        (CHUNKED + b"0\r\n" + b"X: f\r\n" * 2_700, 400),
        (b"GET /health HTTP/1.1\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST /predict HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n", 413),
        (b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n", 413),
    ],
)
def test_refusal_is_a_problem_document_and_ends_the_connection(server, request_bytes, status):
    answer = answer_to(server, request_bytes)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert problem_in(answer)["status"] == status


def test_pipelined_requests_are_answered_in_their_order(server):
    paths = [b"/health/live", b"/nowhere", b"/health/ready", b"/nowhere", b"/health/live"]
    requests = b"".join(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path for path in paths[:-1])
    answer = answer_to(
        server, requests + b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % paths[-1]
    )
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200", b"404", b"200"]


def test_head_answer_has_the_length_and_no_body(server):
    answer = answer_to(server, b"HEAD /docs/swagger-ui.css HTTP/1.0\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"Content-Length: " in head
    assert body == b""


def test_every_place_is_taken_by_idle_connections_and_newcomers_are_answered(server):
    held = [connected(server) for _ in range(PLACES + 50)]
    try:
        assert server.call("POST", "/predict", {"text": "x"})[0] == 200
        assert server.call("GET", "/health/ready")[0] == 200
        held[-1].sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert held[-1].recv(4_096).startswith(b"HTTP/1.1 200")
    finally:
        for connection in held:
            connection.close()


def test_neither_text_nor_address_of_a_malformed_request_reaches_the_log(server):
    logged = len(server.log.read_text())
    with under(characters_for_bytes, server), under(malformed_requests, server):
        time.sleep(1)
    deadline = time.monotonic() + 20
    while "refused before the application" not in server.log.read_text()[logged:] and time.monotonic() < deadline:
        time.sleep(0.1)
    log = server.log.read_text()[logged:]
    assert "secret-tail" not in log
    assert "127.0.0.1" not in log
    lines = [json.loads(line) for line in log.splitlines()]
    counted = [line for line in lines if line["message"] == "refused before the application"]
    assert 1 <= len(counted) <= 3
    assert {line["level"] for line in lines} <= {"info", "warning"}


@pytest.mark.parametrize("request_bytes", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_request_gets_an_answer(server, request_bytes):
    assert problem_in(answer_to(server, request_bytes))["status"] in (400, 414, 505)


def test_client_that_keeps_sending_after_a_refusal_is_cut_off(server):
    with connected(server) as connection:
        connection.sendall(b"nonsense\r\n")
        until = time.monotonic() + 15
        with suppress(OSError):
            while time.monotonic() < until:
                connection.sendall(b"a" * 1_000)
                time.sleep(0.1)
        assert time.monotonic() < until, "the service read for as long as the client sent"
