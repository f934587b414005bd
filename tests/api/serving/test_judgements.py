from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from api.serving.database import Database
from api.serving.judgements import AlertRules, Judgement, Judgements
from api.serving.store import SCHEMA, SCHEMA_VERSION, Prediction

DAY = 86_400.0


@pytest.fixture
def clock(monkeypatch):
    """The clock of the judgements, which stands still. Its `now` is in seconds since 1970."""
    made = SimpleNamespace(now=1e9, time=lambda: made.now)
    monkeypatch.setattr("api.serving.judgements.time", made)
    return made


@pytest.fixture
def rejects(tmp_path, clock):
    """A function that rejects a prediction as a worker would. It returns whether an alert is due."""
    database = Database(tmp_path / "store", SCHEMA, SCHEMA_VERSION)
    workers = [Judgements(database, AlertRules(3, 300, DAY), 10_000_000) for _ in range(2)]
    numbers = iter(range(10_000))

    def reject(caller="key app", version=1):
        number = next(numbers)
        prediction = Prediction("", clock.now, "sentiment", version, "positive", "x")
        anonymous = caller.startswith("address")
        judgement = Judgement(prediction, "negative", caller, anonymous, f"key-{number}", b"line\n")
        return workers[number % 2].take(judgement, lambda line: nullcontext()).raises_alert

    return reject


def test_rejections_of_all_workers_count_within_the_window(rejects, clock):
    assert [rejects(), rejects(), rejects()] == [False, False, True]
    clock.now += 301
    assert [rejects(), rejects()] == [False, False]
    clock.now += 301
    assert [rejects(), rejects(), rejects()] == [False, False, True]


def test_a_window_has_at_most_one_alert(rejects, clock):
    assert [rejects() for _ in range(20)].count(True) == 1
    clock.now += 301
    assert [rejects() for _ in range(20)].count(True) == 1


def test_an_alert_of_a_clock_that_was_ahead_prevents_no_other(rejects, clock):
    clock.now += 365 * DAY
    assert [rejects() for _ in range(3)][-1]
    clock.now -= 365 * DAY
    assert [rejects() for _ in range(3)][-1]


def test_one_anonymous_caller_cannot_raise_alerts_forever(rejects, clock):
    alerts = []
    for _ in range(24 * 24):  # a day, with two rejections every 150 seconds
        alerts += [rejects("address 192.0.2.1") for _ in range(2)]
        clock.now += 150
    assert alerts.count(True) == 1
    clock.now += DAY
    assert [rejects("address 192.0.2.1") for _ in range(3)] == [False, False, True]


def test_a_quiet_caller_does_not_silence_others_or_a_new_version(rejects, clock):
    assert [rejects("address 192.0.2.1") for _ in range(3)][-1]
    clock.now += 301
    assert [rejects("address 192.0.2.2") for _ in range(3)][-1]
    clock.now += 301
    assert [rejects("address 192.0.2.1", version=2) for _ in range(3)][-1]
