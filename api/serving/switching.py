"""The admin calls that change the deployed versions, in all workers or in none."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from api.machine import free_bytes
from api.model.model import Model
from api.model.trial import TrialError, try_version
from api.model.versions import resolve
from api.serving.current_model import WATCH_SECONDS, CurrentModel
from api.serving.deployment import ROLES, Role
from api.serving.workers import WAITING, BusyError
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.signature import read_signature

MOST_SWAPS = 4  # at once in a worker; each occupies one of the few threads that feedback and metrics need, too
SHOWN_NAMES = 10


class SwapError(RuntimeError):
    """A version could not be loaded. The previous one still serves. The message gives the reason."""


class RoleError(RuntimeError):
    """A version cannot have this role. Nothing has changed.

    Args:
        came: a sentence with the reason.
        action: a sentence that tells the client what to do.
    """

    def __init__(self, came: str, action: str) -> None:
        super().__init__(f"{came} {action}")
        self.came, self.action = came, action


class NoShadowError(RuntimeError):
    """The task of the champion has no shadow. Nothing has changed."""


class Swap(NamedTuple):
    """A finished swap.

    Attributes:
        model: the model that serves now.
        before: number of the version that served before.
    """

    model: Model
    before: int


class Switching:
    """Changes the deployed versions.

    Args:
        current: the models of this worker.
    """

    def __init__(self, current: CurrentModel) -> None:
        self._current, self._workers = current, current.workers
        self._swaps = BoundedSemaphore(MOST_SWAPS)

    def swap(self, version: str) -> Swap:
        """Serve another version as the champion, in all workers from the same moment on.

        A canary or a shadow ends if it becomes the champion, or if the new champion has another interface, such as
        other labels.

        Raises:
            VersionError: there is no such version.
            BusyError: another swap or the start of a worker takes too long, or MOST_SWAPS are waiting already.
            StateUnavailableError: the shared folder cannot be written.
            SwapError: the version has another task or other inputs, did not pass its trial, or could not be loaded.
        """
        current = self._current
        number = resolve(current.settings.model, version)
        with self._leading():
            self._check_task(number)
            before = current.deployment.champion  # read under the lock, since other swaps may have come first
            if number != before:
                if number not in current.deployment.versions:
                    self._try(number)
                self._load_everywhere(number)
                self._end_other_interfaces(number)
                self._workers.commit(number)
            return Swap(current.get(), before)

    def deploy(self, role: Role, version: str, percent: int = 0) -> None:
        """Give a version a role beside the champion, in all workers from the same moment on.

        Args:
            role: the role.
            version: the version.
            percent: share of the callers whom a canary answers.

        Raises:
            RoleError: it is the champion, it has another interface, or it needs more memory than is free.
            NoShadowError: the role is shadow, and the task has none.
            VersionError, BusyError, StateUnavailableError, SwapError: as `swap` does.
        """
        current = self._current
        if role == "shadow" and not current.get().has_shadow:
            raise NoShadowError
        number = resolve(current.settings.model, version)
        with self._leading():
            deployed = current.deployment
            if number == deployed.champion:
                raise RoleError(f"Version {number} is the champion, so it cannot be the {role}.", "Choose another.")
            self._check_task(number)
            self._check_interface(number)
            if number not in deployed.versions:
                self._check_memory(number, self._try(number))
            self._load_everywhere(number)
            self._workers.deployment.deploy(role, number, percent)

    def end(self, role: Role) -> None:
        """End a role at once, in all workers. It needs no file, so that nothing can prevent it."""
        self._workers.deployment.end(role)

    @contextmanager
    def _leading(self) -> Iterator[None]:
        if not self._swaps.acquire(blocking=False):
            raise BusyError
        try:
            with self._workers.swapping(self._current.settings.load_seconds):
                yield
        finally:
            self._swaps.release()

    def _try(self, number: int) -> int:
        """Load a version in a process that can be killed, before the workers load it. Returns its bytes of memory."""
        if not self._current.settings.load_trial:
            return 0
        try:
            return try_version(number, self._current.settings)
        except TrialError as error:
            raise SwapError(str(error)) from None

    def _check_task(self, number: int) -> None:
        """Refuse a version of another task, or with other inputs.

        Raises:
            SwapError: task or inputs are others, or they cannot be read.
        """
        champion = self._current.get()
        try:
            signature = read_signature(self._folder(number))
        except BundleError as error:
            raise SwapError(str(error)) from None
        task, inputs = signature.task, signature.input_names
        if task == champion.task and sorted(inputs) != sorted(champion.inputs):
            raise SwapError(
                f"Version {number} reads {' and '.join(inputs)}, and the service runs a model that reads "
                f"{' and '.join(champion.inputs)}, so its clients send that. Start another service for it."
            )
        if task != champion.task:
            raise SwapError(
                f"Version {number} has the task {task}, and the service runs a model of the task {champion.task}. "
                "Start another service for it."
            )

    def _check_interface(self, number: int) -> None:
        """Refuse a version whose interface, such as its labels and their order, differs from the champion's.

        Raises:
            RoleError: they differ.
            SwapError: the interface of a version cannot be read.
        """
        champion = self._current.get()
        own, expected, shared = self._interface(number), champion.shared_values, champion.shared
        if own != expected:
            raise RoleError(
                f"Version {number} has the {shared} {_shown(own)}, and the champion has {_shown(expected)}.",
                f"Choose a version with the same {shared} in the same order.",
            )

    def _interface(self, number: int) -> tuple[str, ...]:
        try:
            return self._current.get().interface(self._folder(number))
        except BundleError as error:
            raise SwapError(str(error)) from None

    def _folder(self, number: int) -> Path:
        return Path(self._current.settings.model, str(number))

    def _end_other_interfaces(self, champion: int) -> None:
        """End canary and shadow if the next champion has another interface."""
        deployed, expected = self._current.deployment, self._interface(champion)
        for role in ROLES:
            number = deployed.version(role)
            if number and self._interface(number) != expected:
                self.end(role)

    def _check_memory(self, number: int, needed: int) -> None:
        """Refuse a version that would use the memory up.

        Raises:
            RoleError: it needs more memory than is free.
        """
        workers, free = self._workers.count(), free_bytes()
        if workers * needed > free:
            raise RoleError(
                f"Version {number} needs about {needed / 1e6:,.0f} MB of memory for each worker, "
                f"{workers * needed / 1e6:,.0f} MB in total, and {free / 1e6:,.0f} MB are free.",
                "Free memory, or run fewer workers.",
            )

    def _load_everywhere(self, number: int) -> None:
        """Let every worker load a version.

        Raises:
            SwapError: a worker could not load it, or not in time.
        """
        swap = self._workers.announce(number)
        load_seconds = self._current.settings.load_seconds
        until = time.monotonic() + load_seconds
        while True:
            outcomes = set(self._workers.outcomes(swap).values())
            failures = outcomes - {None, WAITING}
            if failures:
                raise SwapError(failures.pop())
            if outcomes == {None}:
                return
            if time.monotonic() > until:
                raise SwapError(
                    f"Not every worker loaded the model within {load_seconds:g} seconds. "
                    "Retry, or raise TEXTLAB_API_LOAD_SECONDS."
                )
            time.sleep(WATCH_SECONDS / 2)


def _shown(names: tuple[str, ...]) -> str:
    rest = len(names) - SHOWN_NAMES
    return (", ".join(names[:SHOWN_NAMES]) or "none") + (f" and {rest:,} more" if rest > 0 else "")
