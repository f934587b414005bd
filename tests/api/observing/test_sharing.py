"""Metrics of several workers: each counts in its memory, and shares snapshots through files."""

import errno
import os
import shutil

import prometheus_client
import pytest
from exposition import samples, total

from api.file_locks import create_locked
from api.observing import ended_runs
from api.observing.metrics import SECONDS, Metrics
from api.observing.snapshot_file import HEAD, SLOT_BYTES, SnapshotFile, content_of
from api.observing.tally import HistogramTally


@pytest.fixture
def workers(tmp_path, monkeypatch):
    """Two workers of a run that share only when they are asked."""
    monkeypatch.setattr("api.observing.metrics.SNAPSHOT_SECONDS", 3_600)
    (tmp_path / "state" / "run-one").mkdir(parents=True)
    made = [Metrics(), Metrics()]
    for metrics in made:
        metrics.share(tmp_path / "state" / "run-one", tmp_path / "state")
    yield made
    for metrics in made:
        metrics.close()


def counted(metrics, name="textlab_requests_total", **labels):
    return total(samples(metrics.exposition().decode()), name, **labels)


def test_every_worker_shows_the_sum_of_all_and_never_less_than_another_has_shown(workers):
    shown = 0.0
    for number in range(30):
        workers[number % 3 % 2].observe_request("/predict", "POST", 200, 0.004)
        now = counted(workers[number % 2])
        assert now >= shown
        shown = now
    assert [counted(metrics) for metrics in workers] == [30, 30]


def test_counts_of_a_dead_worker_stay_and_its_gauges_and_file_go(workers):
    for metrics in workers:
        metrics.observe_call(3, 0.002, waiting=5, version=1)
        metrics.exposition()
    assert counted(workers[0], "textlab_texts_waiting") == 10
    workers[1].close()
    folder = workers[0]._file.path.parent
    for _ in range(2):
        assert counted(workers[0], "textlab_texts_waiting") == 5
        assert counted(workers[0], "textlab_batch_texts_sum") == 6
        ended_runs.add_dead_workers(folder)
        assert len(list(folder.glob("*.snapshot"))) == 1


def test_replica_shows_nothing_that_another_replica_counted(tmp_path):
    """Replicas share the state folder. When one ends, the counts of the others must not jump."""
    state = tmp_path / "state"
    replicas = [Metrics(), Metrics()]
    for number, metrics in enumerate(replicas):
        (state / f"run-{number}").mkdir(parents=True)
        metrics.share(state / f"run-{number}", None)
        metrics.observe_request("/predict", "POST", 200, 0.004)
    replicas[0].close()
    ended_runs.add_ended_run(state / "run-0" / ended_runs.FOLDER, state / ended_runs.FOLDER)
    assert counted(replicas[1]) == 1
    replicas[1].close()


def test_counting_goes_on_without_the_folder(workers, tmp_path):
    workers[0].observe_request("/predict", "POST", 200, 0.004)
    shutil.rmtree(tmp_path / "state")
    assert counted(workers[0]) == 1
    assert workers[0].error == "FileNotFoundError"
    (tmp_path / "state" / "run-one").mkdir(parents=True)
    assert counted(workers[0]) == 1
    assert workers[0].error is None
    assert counted(workers[1]) == 1


def test_counts_that_are_in_two_files_are_counted_once(workers, monkeypatch):
    """A process dies after it has written the sum, and before it has removed what is in it."""
    workers[1].observe_request("/predict", "POST", 200, 0.004)
    workers[1].close()
    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.unlink", lambda *_, **__: None)
        ended_runs.add_dead_workers(workers[0]._file.path.parent)
    assert counted(workers[0]) == 1
    ended_runs.add_dead_workers(workers[0]._file.path.parent)
    assert counted(workers[0]) == 1


def test_half_written_snapshot_leaves_the_one_before(tmp_path):
    file = SnapshotFile(tmp_path / "file")
    for content in (b"first", b"second"):
        file.write(content)
    with (tmp_path / "file").open("r+b") as damaged:
        damaged.seek(HEAD.size + 2)  # the second write is in the first slot
        damaged.write(b"!!")
    assert content_of(tmp_path / "file") == b"first"
    file.close()


def test_snapshot_file_reserves_its_space_and_grows(tmp_path):
    file = SnapshotFile(tmp_path / "file")
    file.write(b"x")
    assert (tmp_path / "file").stat().st_blocks * 512 >= 2 * SLOT_BYTES
    large = os.urandom(3 * SLOT_BYTES)
    file.write(large)
    assert content_of(tmp_path / "file") == large
    file.close()


def test_snapshot_that_finds_no_space_to_grow_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "no space")

    file, large = SnapshotFile(tmp_path / "file"), os.urandom(3 * SLOT_BYTES)
    file.write(b"small")
    with monkeypatch.context() as patched:
        patched.setattr("api.observing.snapshot_file.create_locked", full)
        for _ in range(2):
            with pytest.raises(OSError, match="no space"):
                file.write(large)
        assert content_of(tmp_path / "file") == b"small"
        file.write(b"small again")
    assert content_of(tmp_path / "file") == b"small again"
    file.write(large)
    assert content_of(tmp_path / "file") == large
    file.close()


def test_reader_never_finds_a_snapshot_file_without_content(tmp_path, monkeypatch):
    found = []

    def created(path, content):
        descriptor = create_locked(path, content)
        found.append(content_of(path))
        return descriptor

    monkeypatch.setattr("api.observing.snapshot_file.create_locked", created)
    file, large = SnapshotFile(tmp_path / "file"), os.urandom(3 * SLOT_BYTES)
    file.write(b"small")
    file.write(large)
    file.close()
    assert found == [b"small", large]


def test_a_tally_counts_like_prometheus_client():
    registry = prometheus_client.CollectorRegistry()
    plain = prometheus_client.Histogram("seconds", "Seconds", ["route"], buckets=SECONDS, registry=registry)
    tally = HistogramTally("seconds", "Seconds", ["route"], SECONDS)
    for value in (0.0, 0.001, 0.0011, 0.3, 5, 7, 1e9):
        plain.labels("/predict").observe(value)
        tally.observe(value, "/predict")
    expected = samples(prometheus_client.generate_latest(registry).decode())
    counting = prometheus_client.CollectorRegistry()
    counting.register(tally)
    found = samples(prometheus_client.generate_latest(counting).decode())
    assert found == {key: value for key, value in expected.items() if key[0] != "seconds_created"}
