"""How a service's workers agree on the version that they serve: through files in the folder of their run.

    serving        the version number, mapped into every worker's memory and read before every model call
    pending.json   the swap that is being prepared
    workers/       for each worker, a lock that it holds while it lives, and the outcome of its last swap
    swap.lock      held shared by a worker that starts, and exclusively by a worker that leads a swap
    hung           exists if a model call has hung in the shared thread of a worker

A swap is a two-phase commit. First every worker loads the new model and warms it up, beside the old one. When all have
finished, the number in `serving` is overwritten; from that moment on, the new model answers every call in every worker.
If a worker cannot load the model, nothing is overwritten. A worker that dies loses its lock, so no other waits for it.
"""

import fcntl
import json
import mmap
import os
import struct
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from api.serving.runs import Run, is_held, remove_ended

NUMBER = struct.Struct("<q")
WAITING = "waiting"  # the outcome of a worker before its report


class BusyError(Exception):
    """Another swap or the start of a worker is in progress."""


class Workers:
    """This worker's view of the shared folder.

    Args:
        state: the service's state folder. Each run has its own folder in it.
    """

    def __init__(self, state: Path) -> None:
        self._run = Run(state)
        remove_ended(state)
        self._folder = self._run.folder
        self._workers = self._folder / "workers"
        self._workers.mkdir(exist_ok=True)
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._map: mmap.mmap | None = None
        self._lock_file: int | None = None

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Register this worker while it loads its first model. No swap begins meanwhile."""
        with self._locked(fcntl.LOCK_SH):
            self._lock_file = os.open(self._workers / f"{self._name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
            self._open_map()
            yield

    @contextmanager
    def swapping(self, wait_seconds: float) -> Iterator[None]:
        """Let this worker lead a swap.

        Raises:
            BusyError: another worker leads one, or is starting, for longer than `wait_seconds`.
        """
        with self._locked(fcntl.LOCK_EX, wait_seconds):
            try:
                yield
            finally:
                (self._folder / "pending.json").unlink(missing_ok=True)

    @property
    def serving(self) -> int:
        """The number that every worker serves, 0 before the first model is loaded."""
        return NUMBER.unpack_from(self._map, 0)[0] if self._map is not None else 0

    def first(self, number: int) -> int:
        """Serve `number` unless another worker has already chosen one. Returns the number that is served."""
        descriptor = os.open(self._folder / "first.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not self.serving:
                self.commit(number)
        finally:
            os.close(descriptor)
        return self.serving

    def commit(self, number: int) -> None:
        """Make every worker answer with `number` from now on."""
        assert self._map is not None, "call starting() first"
        NUMBER.pack_into(self._map, 0, number)

    def announce(self, number: int) -> str:
        """Ask every worker to load `number`. Returns the name of the swap."""
        swap = uuid.uuid4().hex
        _write(self._folder / "pending.json", {"swap": swap, "number": number})
        return swap

    def pending(self) -> tuple[str, int] | None:
        """The swap that is being prepared, and its number."""
        document = _read(self._folder / "pending.json")
        return (document["swap"], document["number"]) if document else None

    @property
    def has_hung(self) -> bool:
        """Whether a model call of this run has hung in the shared thread of its worker."""
        return (self._folder / "hung").exists()

    def mark_hung(self) -> None:
        """Let later workers of this run make no model call in their shared thread."""
        with suppress(OSError):
            (self._folder / "hung").touch()

    def report(self, swap: str, error: str | None) -> None:
        """Report that this worker has prepared the swap (None), or the error that prevented it."""
        _write(self._workers / f"{self._name}.json", {"swap": swap, "error": error})

    def outcomes(self, swap: str) -> dict[str, str | None]:
        """The outcome for each live worker: None if it has prepared the swap, else its error or WAITING."""
        found = {}
        for lock in self._workers.glob("*.lock"):
            if lock.stem == self._name or is_held(lock):
                document = _read(lock.with_suffix(".json"))
                found[lock.stem] = document["error"] if document and document["swap"] == swap else WAITING
            else:
                lock.unlink(missing_ok=True)
                lock.with_suffix(".json").unlink(missing_ok=True)
        return found

    def count(self) -> int:
        """The number of live workers."""
        return len(self.outcomes(""))

    def leave(self) -> None:
        """Remove this worker from the live workers."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None
        self._run.leave()

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


def _write(path: Path, document: dict[str, Any]) -> None:
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    part.write_text(json.dumps(document), encoding="utf-8")
    part.rename(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
