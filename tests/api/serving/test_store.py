import contextlib
import sqlite3
import time
from types import SimpleNamespace

import pytest

from api.serving.store import Prediction, Store


@pytest.fixture
def clock(monkeypatch):
    """The store's clock, which stands still. Its `now` is in seconds since 1970."""
    made = SimpleNamespace(now=1e9, time=lambda: made.now, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr("api.serving.store.time", made)
    return made


def test_recent_rejections_of_all_workers_count(tmp_path, clock):
    workers = [Store(tmp_path / "store", 60, rejections=3, window_seconds=300) for _ in range(2)]
    assert [workers[0].reject(), workers[1].reject(), workers[0].reject()] == [False, False, True]
    assert [workers[1].reject(), workers[0].reject()] == [False, False]
    clock.now += 301
    assert not workers[1].reject()
    for worker in workers:
        worker.close()


def test_another_worker_finds_a_prediction_until_it_expires(tmp_path, monkeypatch, clock):
    monkeypatch.setattr("api.serving.store.CLEAN_SECONDS", 0.1)
    workers = [Store(tmp_path / "store", remember_seconds=60, rejections=3, window_seconds=1) for _ in range(2)]
    workers[0].remember([Prediction("id", clock.now, "sentiment", 1, "positive", "a secret tweet")])
    found, first = workers[1].answered("id")
    assert (found.text, first) == ("a secret tweet", True)
    assert workers[0].answered("id")[1] is False
    clock.now += 61
    assert workers[1].answered("id") is None
    until = time.monotonic() + 120
    while "id" in kept_in(tmp_path / "store") and time.monotonic() < until:
        time.sleep(0.02)
    for worker in workers:
        worker.close()
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def kept_in(path):
    """The ids of all predictions in the store's file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [identifier for (identifier,) in connection.execute("SELECT id FROM predictions")]


def test_only_the_newest_predictions_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("api.serving.store.KEPT", 10)
    monkeypatch.setattr("api.serving.store.CLEAN_SECONDS", 0.1)
    store = Store(tmp_path / "store", remember_seconds=60, rejections=3, window_seconds=1)
    for number in range(30):
        store.remember([Prediction(f"id-{number}", time.time(), "sentiment", 1, "positive", "x")])
    until = time.monotonic() + 120
    while store.answered("id-0") is not None and time.monotonic() < until:
        time.sleep(0.1)
    assert [store.answered(f"id-{number}") is None for number in (0, 19, 20, 29)] == [True, True, False, False]
    store.close()
