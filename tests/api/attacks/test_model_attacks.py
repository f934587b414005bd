"""The model under attack: a service whose model is as slow as BERT, in one worker."""

import json
import statistics
import threading
import time
from contextlib import contextmanager, suppress
from http.client import HTTPException

import pytest
from model_attacks import LARGEST, clients_that_leave, costly_texts, refused_requests_in_halves
from promoted import ADMIN, promote, write_admin_key, write_constant_model
from served import serving
from slow_models import write_slow_model

STEPS_A_CHARACTER = 5


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Version 1 is slow, 2 is harmless."""
    folder = tmp_path_factory.mktemp("attacked")
    promote(write_slow_model(folder / "slow", STEPS_A_CHARACTER), folder / "models" / "sentiment" / "1")
    promote(write_constant_model(folder / "constant", [0.9, 0.1]), folder / "models" / "sentiment" / "2")
    with serving(
        folder / "models" / "sentiment", folder / "service", version=1, keys_file=write_admin_key(folder)
    ) as running:
        yield running


@contextmanager
def under(server, *attacks):
    stop = threading.Event()
    threads = [threading.Thread(target=attack, args=(server, stop), daemon=True) for attack in attacks]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def predict(server, *texts, timeout=30):
    status, headers, answer = server.call("POST", "/predict", {"texts": texts}, timeout=timeout)
    return status, headers, answer


def live_seconds(server):
    started = time.perf_counter()
    assert server.call("GET", "/health/live", timeout=5)[0] == 200
    return time.perf_counter() - started


def test_what_the_model_cannot_do_in_time_is_refused_at_once(server):
    started = time.perf_counter()
    status, _, problem = predict(server, *json.loads(LARGEST)["texts"])
    assert (status, time.perf_counter() - started < 1) == (413, True)
    assert "The model needs about" in problem["came"]
    assert "Send at most" in problem["action"]


def test_a_caller_with_one_short_text_is_answered_while_others_send_the_largest(server):
    with under(server, refused_requests_in_halves, costly_texts, clients_that_leave):
        waits, health = [], []
        for _ in range(20):
            started = time.perf_counter()
            assert predict(server, "short")[0] == 200
            waits.append(time.perf_counter() - started)
            health.append(live_seconds(server))
    assert statistics.median(waits) < 0.5
    assert statistics.median(health) < 0.1


def test_text_on_which_the_model_fails_costs_only_its_own_request(server):
    outcomes = {}

    def ask(text):
        outcomes[text] = predict(server, text)

    texts = [f"good {number}" for number in range(6)] + ["wrong", "fail"]
    threads = [threading.Thread(target=ask, args=[text]) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {text: outcome[0] for text, outcome in outcomes.items() if outcome[0] != 200} == {"wrong": 500, "fail": 500}
    assert outcomes["wrong"][2]["came"] == "The model's answer to a text of this request is not valid."
    assert outcomes["fail"][2]["came"] == "The model fails on a text of this request."


def test_call_that_never_returns_blocks_the_service_once_at_most(server):
    (worker,) = server.workers()
    with suppress(OSError, HTTPException):
        predict(server, "hang", timeout=10)  # its call is estimated to be short
    server.wait_until_ready(1, 30)
    assert server.workers() != [worker]
    hung = threading.Thread(target=predict, args=[server, "hang"])
    hung.start()
    time.sleep(0.2)
    assert statistics.median(live_seconds(server) for _ in range(9)) < 0.1
    hung.join()
    assert predict(server, "short")[0] == 200


def test_version_that_passes_its_trial_is_loaded(server):
    document = server.call("POST", "/models/load/2", headers=ADMIN)[2]
    assert (document["model"]["version"], document["before"]) == (2, 1)
    assert predict(server, "hang")[0] == 200  # this model does not read its texts
