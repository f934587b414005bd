"""The folders of a service's runs. Each run has one in the state folder, from its start to its end.

    runs.lock            held while a folder is created or removed
    run-<id>/run.lock    held shared by every process of the run while it lives

A run has ended as soon as nobody holds its lock, even if its processes were killed. The counts of its metrics are then
added to those of the earlier runs, in `metrics/`, and its folder is removed.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.observing.ended_runs import ENDED, add_counts
from api.settings import RUN

RUN_LOCK = "run.lock"


class Run:
    """A process's membership in a run of the service.

    Args:
        state: the service's state folder.

    Attributes:
        folder: the folder of this run.
    """

    def __init__(self, state: Path) -> None:
        self.folder = state / f"run-{os.environ.get(RUN) or uuid.uuid4().hex}"
        with _alone(state):
            self.folder.mkdir(exist_ok=True)
            self._lock_file: int | None = os.open(self.folder / RUN_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock_file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """End this process's membership."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None


def remove_ended(state: Path) -> None:
    """Remove the folders of the runs that have ended, and keep their counts."""
    with _alone(state):
        for folder in state.glob("run-*"):
            if not _is_running(folder):
                add_counts(folder / "metrics", state / ENDED)
                shutil.rmtree(folder, ignore_errors=True)


def is_held(path: Path, kind: int = fcntl.LOCK_SH) -> bool:
    """Return whether a live process holds the lock in such a way that a lock of this kind has to wait."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _is_running(folder: Path) -> bool:
    # A service of an earlier release, which still runs, locks only a file for each worker.
    return is_held(folder / RUN_LOCK, fcntl.LOCK_EX) or any(is_held(lock) for lock in folder.glob("workers/*.lock"))


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    state.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state / "runs.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
