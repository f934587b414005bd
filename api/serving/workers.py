"""How the workers of one service agree on the model that they serve: files in a folder that they share.

    serving        one number, mapped into every worker's memory and read before every model call
    pending.json   the swap that is being prepared
    workers/       for each worker a lock that it holds while it lives, and what came of the last swap in it
    swap.lock      held shared by a worker that starts, and exclusively by the one that leads a swap

A swap has two phases, as a commit in a distributed database has: every worker loads and warms the new model beside
the old; when all have, the number in `serving` is overwritten, and from that moment every call in every worker is
answered by the new one. Where one worker cannot load it, nothing is overwritten. A worker that dies loses its lock, so
nobody waits for it.
"""

import fcntl
import json
import mmap
import os
import shutil
import struct
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RUN = "TEXTLAB_SERVICE_RUN"  # names one run of the service; gunicorn's main process sets it for its workers
NUMBER = struct.Struct("<q")
STALE_SECONDS = 3600


class BusyError(Exception):
    """Another swap, or the start of a worker, is under way."""


class Workers:
    """This worker's view of the shared folder.

    Args:
        state: the service's folder; each run has its own folder in it.
    """

    def __init__(self, state: Path) -> None:
        run = os.environ.get(RUN) or uuid.uuid4().hex
        self._folder = state / f"run-{run}"
        self._workers = self._folder / "workers"
        self._workers.mkdir(parents=True, exist_ok=True)
        _remove_stale(state, keep=self._folder)
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._map: mmap.mmap | None = None
        self._lock_file: int | None = None

    @contextmanager
    def starting(self) -> Iterator[None]:
        """While this worker registers and loads its first model: no swap begins meanwhile."""
        with self._locked(fcntl.LOCK_SH):
            self._lock_file = os.open(self._workers / f"{self._name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
            self._open_map()
            yield

    @contextmanager
    def swapping(self, wait_seconds: float) -> Iterator[None]:
        """While this worker leads a swap.

        Raises:
            BusyError: another one does, or a worker is starting, for longer than `wait_seconds`.
        """
        with self._locked(fcntl.LOCK_EX, wait_seconds):
            try:
                yield
            finally:
                (self._folder / "pending.json").unlink(missing_ok=True)

    @property
    def serving(self) -> int:
        """The number that every worker serves; 0 before the first is loaded."""
        return NUMBER.unpack_from(self._map, 0)[0] if self._map is not None else 0

    def first(self, number: int) -> int:
        """Serve `number` unless another worker was first to say; whatever is served now."""
        descriptor = os.open(self._folder / "first.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not self.serving:
                self.commit(number)
        finally:
            os.close(descriptor)
        return self.serving

    def commit(self, number: int) -> None:
        """From now on every worker answers with `number`."""
        assert self._map is not None, "starting() comes first"
        NUMBER.pack_into(self._map, 0, number)

    def announce(self, number: int) -> str:
        """Ask every worker to load `number`; the name of the swap."""
        swap = uuid.uuid4().hex
        _write(self._folder / "pending.json", {"swap": swap, "number": number})
        return swap

    def pending(self) -> tuple[str, int] | None:
        """The swap that is being prepared, and its number."""
        document = _read(self._folder / "pending.json")
        return (document["swap"], document["number"]) if document else None

    def report(self, swap: str, error: str | None) -> None:
        """This worker has prepared the swap, or could not."""
        _write(self._workers / f"{self._name}.json", {"swap": swap, "error": error})

    def outcomes(self, swap: str) -> dict[str, str | None]:
        """For each living worker: None where it has prepared the swap, else its error; "waiting" where it has not."""
        found = {}
        for lock in self._workers.glob("*.lock"):
            if lock.stem == self._name or _held(lock):
                document = _read(lock.with_suffix(".json"))
                found[lock.stem] = document["error"] if document and document["swap"] == swap else "waiting"
            else:
                lock.unlink(missing_ok=True)
                lock.with_suffix(".json").unlink(missing_ok=True)
        return found

    def count(self) -> int:
        """How many workers live."""
        return len(self.outcomes(""))

    def leave(self) -> None:
        """This worker is no longer one of them."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _open_map(self) -> None:
        path = self._folder / "serving"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < NUMBER.size:
                os.ftruncate(descriptor, NUMBER.size)
            self._map = mmap.mmap(descriptor, NUMBER.size)
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked(self, kind: int, wait_seconds: float | None = None) -> Iterator[None]:
        descriptor = os.open(self._folder / "swap.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor, kind, wait_seconds)
            yield
        finally:
            os.close(descriptor)


def _lock(descriptor: int, kind: int, wait_seconds: float | None) -> None:
    if wait_seconds is None:
        fcntl.flock(descriptor, kind)
        return
    until = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise BusyError from None
            time.sleep(0.02)


def _held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _write(path: Path, document: dict[str, Any]) -> None:
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    part.write_text(json.dumps(document), encoding="utf-8")
    part.rename(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _remove_stale(state: Path, keep: Path) -> None:
    """Take away the folders of runs that have ended."""
    for folder in state.glob("run-*"):
        try:
            recent = time.time() - folder.stat().st_mtime < STALE_SECONDS
            if folder != keep and not recent and not any(_held(lock) for lock in folder.glob("workers/*.lock")):
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            continue  # another worker has just taken it away
