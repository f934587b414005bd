"""Rate limits: what counts as one caller, and what the limits hold."""

import pytest
from flask import Request
from problem import problem_of
from werkzeug.test import EnvironBuilder

from api.access import rate_limit
from api.access.addresses import address, network
from api.access.rate_limit import RateLimit
from api.application import create


def request_from(given):
    return Request(EnvironBuilder(environ_base={"REMOTE_ADDR": given}).get_environ())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:50123", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:50123", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("_hidden", "unknown"),
        ("192.0.2.7, 192.0.2.8", "unknown"),
        ("999.1.1.1:80", "unknown"),
    ],
)
def test_one_caller_is_an_ipv4_address_or_an_ipv6_network(given, expected):
    assert network(request_from(given)) == expected


def test_the_whole_address_is_kept_for_the_audit():
    assert address(request_from("[2001:db8:1:2::9]:50123")) == "2001:db8:1:2::9"
    assert address(request_from("text of a stranger")) == "unknown"


def test_rate_limit_refills_and_states_the_wait(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("api.access.rate_limit.time.monotonic", lambda: now[0])
    limit = RateLimit(60)
    assert [limit.wait("x") for _ in range(61)] == [0] * 60 + [1]
    now[0] = 0.25
    assert limit.wait("x") == 0.75
    now[0] = 2.0
    assert [limit.wait("x") for _ in range(3)] == [0, 0, 1]


def test_many_other_callers_are_needed_to_forget_one(monkeypatch):
    monkeypatch.setattr(rate_limit, "REMEMBERED_CLIENTS", 100)
    limit = RateLimit(2)
    assert [limit.wait("greedy") for _ in range(2)] == [0, 0]
    for number in range(1_000):
        limit.wait(f"other {number}")
        if number % 99 == 98:
            assert limit.wait("greedy") > 0, "a refused request keeps its caller among the remembered ones"
    assert len(limit._buckets) == 100


@pytest.fixture
def critic(settings):
    app = create(settings.model_copy(update={"feedback_limit": 3}), testing=True)
    yield app.test_client()
    app.extensions["textlab_api"].close()


def feedback(client, address, text="another text"):
    document = {"text": text, "label": "positive"}
    return client.post("/feedback", json=document, environ_base={"REMOTE_ADDR": address})


def test_feedback_is_limited_for_each_caller_and_predictions_are_not(critic, settings):
    assert [feedback(critic, "2001:db8::1", f"text {number}").status_code for number in range(3)] == [200] * 3
    refused = feedback(critic, "2001:db8::2")
    assert problem_of(refused, 429)["came"] == "Rate limit exceeded (3 requests with feedback per minute)."
    assert refused.headers["Retry-After"] == "20"
    assert feedback(critic, "2001:db8:0:1::1").status_code == 200, "another network has its own limit"
    assert all(critic.post("/predict", json={"text": "x"}).status_code == 200 for _ in range(10))
    assert len((settings.state / "feedback.jsonl").read_text().splitlines()) == 4


def test_feedback_is_limited_by_default_and_workers_share_the_limit(settings):
    from api.access.guard import Access
    from api.problems import Problem

    access, caller = Access(settings, processes=2), request_from("192.0.2.7")
    assert {access.check(None, caller, "feedback", "open") for _ in range(30)} == {"address 192.0.2.7"}
    with pytest.raises(Problem, match="60 requests with feedback per minute"):
        access.check(None, caller, "feedback", "open")
    assert all(access.check(None, caller, "predict", "open") for _ in range(100))
