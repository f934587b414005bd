import contextlib
import os
import random
import sqlite3
import threading
import time

import pytest

from api.serving.database import Database
from api.serving.store import SCHEMA, SCHEMA_VERSION, Prediction, Store


@pytest.fixture
def opened(tmp_path):
    """A function that opens the store as another worker would."""
    made = []

    def open_store(limit_bytes=100_000_000, remember_seconds=60, hashed=str.upper):
        database = Database(tmp_path / "store", SCHEMA, SCHEMA_VERSION)
        made.append(Store(database, remember_seconds, limit_bytes, hashed))
        return made[-1]

    yield open_store
    for store in made:
        store.close()


def prediction(identifier, moment=None, text="x"):
    return Prediction(identifier, time.time() if moment is None else moment, "sentiment", 1, "positive", text)


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def kept_in(path):
    """The ids of all predictions in the store's file."""
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
        return [identifier for (identifier,) in connection.execute("SELECT id FROM predictions")]


def test_another_worker_finds_a_prediction_until_it_expires(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("api.serving.store.CLEAN_SECONDS", 0.1)
    workers = [opened(), opened()]
    workers[0].remember([prediction("id", time.time() - 57, "a secret tweet")])
    assert workers[1].find("id").text == "a secret tweet"
    wait_for(lambda: workers[1].find("id") is None)
    wait_for(lambda: "id" not in kept_in(tmp_path / "store"))
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_prediction_of_a_clock_that_was_ahead_is_not_kept_for_longer(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("api.serving.store.CLEAN_SECONDS", 0.1)
    store = opened()
    store.remember([prediction("ahead", time.time() + 86_400), prediction("now")])
    assert store.find("now")
    wait_for(lambda: kept_in(tmp_path / "store") == ["now"])


def test_size_of_the_predictions_is_bounded_and_the_newest_stay(opened, tmp_path):
    store = opened(limit_bytes=1_000_000)
    for number in range(40):
        store.remember([prediction(f"{number}-{row}", text="x" * 1_000) for row in range(60)], "one")
        store._flush()
    assert (tmp_path / "store").stat().st_size < 2_000_000
    assert store.find("39-59") is not None
    assert store.find("0-0") is None


def test_a_caller_who_fills_the_store_forgets_only_its_own_predictions(opened):
    store = opened(limit_bytes=1_000_000)
    store.remember([prediction("mine")], "quiet")
    for number in range(40):
        store.remember([prediction(f"{number}-{row}", text="x" * 1_000) for row in range(60)], "loud")
        store._flush()
    assert store.find("mine") is not None
    assert store.find("0-0") is None


def test_unwritten_predictions_are_bounded_in_memory(opened, monkeypatch):
    store = opened()
    monkeypatch.setattr(store, "_database", None)  # it cannot be written
    for number in range(6_000):
        store.remember([prediction(str(number), text="x" * 1_000)])
    assert sum(len(row.text) for _, _, rows in list(store._new) for row in rows) <= 4_000_000
    monkeypatch.undo()


def test_a_store_holds_no_name_of_a_caller(opened, tmp_path):
    store = opened()
    store.remember([prediction("id")], "address 192.0.2.1")
    assert store.find("id") is not None
    with contextlib.closing(sqlite3.connect(tmp_path / "store", timeout=30)) as connection:
        assert connection.execute("SELECT caller FROM predictions").fetchall() == [("ADDRESS 192.0.2.1",)]


def test_no_request_waits_while_callers_are_hashed(opened):
    hashing, goes_on = threading.Event(), threading.Event()

    def slow(name):
        hashing.set()
        goes_on.wait(60)
        return name

    store = opened(hashed=slow)
    store.remember([prediction("id")])
    assert hashing.wait(60)
    assert not store._changing.locked()
    goes_on.set()


def test_journal_of_a_store_that_another_worker_has_recreated_stays(tmp_path):
    (tmp_path / "store").touch()
    (tmp_path / "store-journal").touch()
    Database(tmp_path / "store", SCHEMA, SCHEMA_VERSION)._set_aside(None)  # it was a folder
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store", "store-journal", "store.lock"]


def random_bytes(path):
    path.write_bytes(random.Random(7).randbytes(50_000))


def cut_short(path):
    os.truncate(path, 5_000)


def folder_in_its_place(path):
    path.unlink()
    path.mkdir()
    (path / "file").touch()


def other_tables(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE predictions (id TEXT)")


def tables_lost(path):
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.executescript("DROP TABLE predictions; DROP TABLE quiet")


def random_journal(path):
    random_bytes(path.with_name("store-journal"))
    random_bytes(path.with_name("store-wal"))
    random_bytes(path)


DAMAGES = [random_bytes, cut_short, folder_in_its_place, other_tables, tables_lost, random_journal]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_is_set_aside_while_the_workers_serve(opened, tmp_path, damage, logged):
    workers = [opened(), opened()]
    for number in range(50):
        workers[0].remember([prediction(f"before-{number}", text="x" * 500)])
    workers[0]._flush()
    damage(tmp_path / "store")
    for number, worker in enumerate(workers):
        worker.remember([prediction(f"after-{number}")])
    for number, worker in enumerate(workers):
        assert worker.find(f"after-{1 - number}") is not None
    assert [line["message"] for line in logged] == ["a damaged file was renamed and will be recreated"]
    assert (tmp_path / "store.damaged").exists()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_does_not_stop_a_start(opened, tmp_path, damage):
    opened().remember([prediction("before")])
    wait_for(lambda: (tmp_path / "store").exists() and (tmp_path / "store").stat().st_size > 5_000)
    damage(tmp_path / "store")
    store = opened()
    store.remember([prediction("after")])
    assert store.find("after") is not None


def test_a_store_that_was_set_aside_is_forgotten_like_the_predictions_in_it(opened, tmp_path, monkeypatch):
    monkeypatch.setattr("api.serving.store.CLEAN_SECONDS", 0.1)
    random_bytes(tmp_path / "store")
    opened(remember_seconds=1).remember([prediction("id")])
    wait_for((tmp_path / "store.damaged").exists)
    wait_for(lambda: not (tmp_path / "store.damaged").exists())
