"""The workers of a run, which agree on the served version through files in the folder of their run.

    pending.json   the swap that is being prepared
    workers/       for each worker, a lock that it holds while it lives, and the outcome of its last swap
    first.lock     held exclusively by a worker that chooses the first version
    swap.lock      held shared by a worker that starts, and exclusively by a worker that leads a swap
    hung           exists if a model call has hung in the shared thread of a worker

A swap is a two-phase commit. First every worker loads the new model and warms it up, while the old one serves. When all
have finished, the deployment that they share is changed. From that moment on, the new model answers every call in every
worker. If a worker cannot load the model, the deployment stays. Canary and shadow are deployed in the same way. A dead
worker holds no lock, so no other waits for it.

Predictions need none of these files. If they cannot be written, the workers keep their version, and no swap begins.
"""

import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from api.file_locks import create_locked, is_at, is_held, locked, replace
from api.serving.deployment import SharedDeployment
from api.serving.runs import Run, remove_ended
from api.serving.unavailable import StateUnavailableError

WAITING = "waiting"  # the outcome of a worker before its report


class BusyError(Exception):
    """Another swap or the start of a worker is in progress."""


class Workers:
    """This worker's view of the shared folder.

    Args:
        state: the service's state folder. Each run has its own folder in it.

    Raises:
        OSError: the state folder cannot be written, and no other worker of this run serves a version.
    """

    def __init__(self, state: Path) -> None:
        self._run = Run(state)
        self.folder = self._run.folder
        self._workers = self.folder / "workers"
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._lock_file: int | None = None
        if self._run.is_joined:
            remove_ended(state)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Register this worker while it loads its first model. No swap begins meanwhile."""
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.folder / "swap.lock", fcntl.LOCK_SH))
                self.register()
            except OSError:
                if not self.serving:
                    raise
            yield

    @contextmanager
    def swapping(self, wait_seconds: float) -> Iterator[None]:
        """Let this worker lead a swap.

        Raises:
            BusyError: another worker leads one, or is starting, for longer than `wait_seconds`.
            StateUnavailableError: the shared folder cannot be written.
        """
        with ExitStack() as stack:
            try:
                self.register()
                stack.enter_context(locked(self.folder / "swap.lock", wait_seconds=wait_seconds))
            except BlockingIOError:
                raise BusyError from None
            except OSError:
                raise StateUnavailableError from None
            try:
                yield
            finally:
                with suppress(OSError):
                    (self.folder / "pending.json").unlink(missing_ok=True)

    @property
    def serving(self) -> int:
        """The champion, which every worker serves. It is 0 before the first model is loaded."""
        return self.deployment.champion

    @property
    def deployment(self) -> SharedDeployment:
        """The versions that every worker serves."""
        return self._run.deployment

    @property
    def is_registered(self) -> bool:
        """True if the other workers can see that this one is alive."""
        return (
            self._lock_file is not None
            and is_at(self._lock_file, self._workers / f"{self._name}.lock")
            and self._run.is_joined
        )

    def register(self) -> None:
        """Make this worker visible to the others, if it is not.

        Raises:
            OSError: the shared folder cannot be written.
        """
        if self.is_registered:
            return
        if not self._run.is_joined:
            self._run.join()
        self._workers.mkdir(mode=0o700, exist_ok=True)
        created = create_locked(self._workers / f"{self._name}.lock")
        if self._lock_file is not None:
            os.close(self._lock_file)
        self._lock_file = created

    def first(self, number: int) -> int:
        """Serve `number` unless another worker has already chosen one. Returns the number that is served."""
        if not self.serving:
            with locked(self.folder / "first.lock"):
                if not self.serving:
                    self.commit(number)
        return self.serving

    def commit(self, number: int) -> None:
        """Make every worker answer with `number` from now on."""
        self.deployment.set_champion(number)

    def announce(self, number: int) -> str:
        """Ask every worker to load `number`. Returns the name of the swap.

        Raises:
            StateUnavailableError: the shared folder cannot be written.
        """
        swap = uuid.uuid4().hex
        try:
            _write(self.folder / "pending.json", {"swap": swap, "number": number})
        except OSError:
            raise StateUnavailableError from None
        return swap

    def pending(self) -> tuple[str, int] | None:
        """The swap that is being prepared, and its number."""
        document = _read(self.folder / "pending.json")
        return (document["swap"], document["number"]) if document.keys() == {"swap", "number"} else None

    @property
    def has_hung(self) -> bool:
        """True if a model call has hung in the shared thread of a worker of this run."""
        return (self.folder / "hung").exists()

    def mark_hung(self) -> None:
        """Record that a model call has hung, so that later workers make none in their shared thread."""
        with suppress(OSError):
            (self.folder / "hung").touch()

    def report(self, swap: str, error: str | None) -> None:
        """Report the outcome of this worker: None if it has prepared the swap, else the error message."""
        _write(self._workers / f"{self._name}.json", {"swap": swap, "error": error})

    def outcomes(self, swap: str) -> dict[str, str | None]:
        """The outcome for each live worker: None if it has prepared the swap, else its error or WAITING."""
        locks = {lock.stem: lock for lock in self._workers.glob("*.lock")}
        locks[self._name] = self._workers / f"{self._name}.lock"
        found = {}
        for name, lock in locks.items():
            if name == self._name or is_held(lock):
                document = _read(lock.with_suffix(".json"))
                found[name] = document.get("error", WAITING) if document.get("swap") == swap else WAITING
            else:
                _remove(lock)
                _remove(lock.with_suffix(".json"))
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


def _write(path: Path, document: dict[str, Any]) -> None:
    replace(path, json.dumps(document).encode())


def _read(path: Path) -> dict[str, Any]:
    """The object in a JSON file. It is empty if the file holds no readable object."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
