"""The registration of workers: nobody loses a lock, whatever happens to the shared folder."""

import shutil
import threading

import pytest

from api.serving.unavailable import StateUnavailableError
from api.serving.workers import Workers
from api.settings import RUN


@pytest.fixture
def worker_of(tmp_path, monkeypatch):
    """A function that starts a worker of one run."""
    monkeypatch.setenv(RUN, "one")
    made = []

    def start():
        worker = Workers(tmp_path / "state")
        with worker.starting():
            worker.first(2)
        made.append(worker)
        return worker

    yield start
    for worker in made:
        worker.leave()


def test_no_worker_loses_its_lock_while_others_look_for_dead_ones(worker_of):
    first, stop = worker_of(), threading.Event()

    def look():
        while not stop.is_set():
            first.outcomes("")

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    lost = 0
    for _ in range(300):
        started = worker_of()
        lost += not started.is_registered
        started.leave()
    stop.set()
    for looker in lookers:
        looker.join()
    assert lost == 0
    assert first.count() == 1


def test_workers_register_again_in_a_folder_that_was_removed(worker_of, tmp_path):
    workers = [worker_of(), worker_of()]
    shutil.rmtree(tmp_path / "state")
    assert not workers[0].is_registered
    assert [worker.serving for worker in workers] == [2, 2]
    for worker in workers:
        worker.register()
    assert [worker.count() for worker in workers] == [2, 2]


def test_worker_starts_without_the_folder_if_others_serve(worker_of, tmp_path):
    first = worker_of()
    first.commit(1)
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "state").touch()
    second = worker_of()
    assert (second.serving, second.is_registered) == (1, False)
    with pytest.raises(StateUnavailableError), second.swapping(1):
        pass
    (tmp_path / "state").unlink()
    for worker in (first, second):
        worker.register()
    assert second.count() == 2


def test_first_worker_does_not_start_without_the_folder(tmp_path):
    (tmp_path / "state").touch()
    with pytest.raises(OSError, match="exists"):
        Workers(tmp_path / "state")


@pytest.mark.parametrize("content", [b"\xff" * 100, b"[]", b'{"swap": 1}', b"", b"[" * 100_000])
def test_damaged_files_of_a_swap_are_ignored(worker_of, content):
    worker = worker_of()
    (worker.folder / "pending.json").write_bytes(content)
    (worker.folder / "workers" / f"{worker._name}.json").write_bytes(content)
    assert worker.pending() is None
    assert list(worker.outcomes("swap").values()) == ["waiting"]
