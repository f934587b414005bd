"""The folders of a service's runs. Each run has one in the state folder, from its start to its end.

    runs.lock            held while a folder is created or removed
    run-<id>/run.lock    held shared by every process of the run while it lives

A run has ended when no process holds its lock, even if its processes were killed. Its counts of metrics are then added
to those of earlier runs, in `metrics/`, and its folder is removed. If the state folder disappears while the service
runs, each process recreates it.
"""

import fcntl
import logging
import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.file_locks import is_at, is_held, locked
from api.observing import ended_runs
from api.serving.deployment import SharedDeployment
from api.settings import RUN

logger = logging.getLogger("textlab_api")

RUN_LOCK = "run.lock"
RUNS_LOCK = "runs.lock"
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Run:
    """A process's membership in a run of the service.

    Args:
        state: the service's state folder.

    Attributes:
        folder: the folder of this run.
        deployment: the versions that all processes of this run serve.

    Raises:
        OSError: the state folder cannot be written, and no process of this run serves a version yet. Processes that
            start later work without the folder until it can be written.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self.folder = state / f"run-{os.environ.get(RUN) or uuid.uuid4().hex}"
        self.deployment = SharedDeployment.of(self.folder)
        self._lock_file: int | None = None
        try:
            self.join()
        except OSError:
            if not self.deployment.champion:
                raise

    @property
    def is_joined(self) -> bool:
        """True if the folder exists and this process holds its lock."""
        return self._lock_file is not None and is_at(self._lock_file, self.folder / RUN_LOCK)

    def join(self) -> None:
        """Create the folder if it is missing, and hold its lock.

        Raises:
            OSError: the state folder cannot be written.
        """
        with _alone(self._state):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self.folder / RUN_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        self.leave()
        self._lock_file = descriptor

    def leave(self) -> None:
        """End this process's membership."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None


def remove_ended(state: Path) -> None:
    """Remove the folders of the runs that have ended, and keep their counts.

    Raises:
        OSError: the state folder cannot be written.
    """
    with _alone(state):
        for folder in state.glob("run-*"):
            if not _is_running(folder):
                _remove(folder, state)


def _remove(folder: Path, state: Path) -> None:
    try:
        ended_runs.add_ended_run(folder / ended_runs.FOLDER, state / ended_runs.FOLDER)
    except OSError as error:
        fields = {"error": type(error).__name__}
        logger.warning(
            "the counts of an ended run could not be added; the next start tries again", extra={"fields": fields}
        )
    else:
        shutil.rmtree(folder, ignore_errors=True)


def _is_running(folder: Path) -> bool:
    # A service of an earlier release, which still runs, locks only a file for each worker.
    return is_held(folder / RUN_LOCK, fcntl.LOCK_EX) or any(is_held(lock) for lock in folder.glob("workers/*.lock"))


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    _close_to_others(state)
    with locked(state / RUNS_LOCK):
        yield


def _close_to_others(state: Path) -> None:
    """Make the state folder accessible to the service's own user only, because it holds texts.

    A folder that also holds other files, or belongs to another user, is left as it is.
    """
    found = state.stat()
    is_ours = found.st_uid == os.geteuid() and ((state / RUNS_LOCK).exists() or not any(state.iterdir()))
    if is_ours and found.st_mode & OPEN_TO_OTHERS:
        state.chmod(stat.S_IMODE(found.st_mode) & ~OPEN_TO_OTHERS)
        logger.warning("the state folder was open to other users; it is now closed to them")
