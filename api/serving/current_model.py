"""The model that a worker serves, and its replacement in all workers at once."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from api.background import BackgroundTask
from api.model.model import Model
from api.model.trial import TrialError, try_version
from api.model.versions import VersionError, resolve
from api.serving.memory import return_free_memory
from api.serving.workers import WAITING, BusyError, Workers
from api.settings import Settings, SettingsError
from textlab.bundle_format.documents import BundleError

logger = logging.getLogger("textlab_api")

WATCH_SECONDS = 0.05
MOST_SWAPS = 4  # at once in a worker; each occupies one of the few threads that feedback and metrics need, too


class SwapError(RuntimeError):
    """A version could not be loaded. The previous one still serves. The message gives the reason."""


class Swap(NamedTuple):
    """A finished swap.

    Attributes:
        model: the model that serves now.
        before: number of the version that served before.
    """

    model: Model
    before: int


class CurrentModel:
    """The model of this worker, kept in step with the other workers by a thread that watches the shared folder.

    Args:
        settings: the settings of the service.
        on_switch: called with the version number at the start, and whenever this worker switches to another model.
        on_error: called with the name of the watching thread after each error in it.

    Attributes:
        model: the model of this worker.
        workers: the workers of this run.

    Raises:
        SettingsError: the model or the version does not exist.
        BundleError: the bundle fails a check.
    """

    def __init__(
        self,
        settings: Settings,
        on_switch: Callable[[int], None],
        on_error: Callable[[str], None] = lambda task: None,
    ) -> None:
        self.settings, self._on_switch = settings, on_switch
        self.workers = Workers(settings.state)
        self._switching = threading.Lock()
        self._swaps = threading.BoundedSemaphore(MOST_SWAPS)
        self._prepared: Model | None = None
        with self.workers.starting():
            number = self.workers.serving or self.workers.first(self._initial_version())
            self.model = self._loaded(number)
            # No swap runs while a worker starts, so a pending swap was left by a dead worker.
            self._handled = self.workers.pending()
        on_switch(self.model.number)
        self._last_served, self._missed = self.model.number, 0
        self._watcher = BackgroundTask("model watcher", WATCH_SECONDS, self._watch, on_error)

    def close(self) -> None:
        """Stop watching and leave the other workers."""
        self._watcher.close()
        self.workers.leave()

    @property
    def is_behind(self) -> bool:
        """True if this worker missed a swap and could not load the version afterwards."""
        served = self.workers.serving
        return served == self._missed and served != self.model.number and self._prepared is None

    def get(self) -> Model:
        """The model that all workers serve now. The first thread that notices a swap switches the model."""
        number = self.workers.serving
        if number != self.model.number:
            with self._switching:
                if self._prepared is not None and self._prepared.number == number:
                    self.model, self._prepared = self._prepared, None
                    self._on_switch(number)
                    logger.info("model switched", extra={"fields": {"model": self.model.name, "version": number}})
        return self.model

    def swap(self, version: str) -> Swap:
        """Serve another version, in all workers from the same moment on.

        Raises:
            VersionError: there is no such version.
            BusyError: another swap or the start of a worker takes too long, or MOST_SWAPS are waiting already.
            StateUnavailableError: the shared folder cannot be written.
            SwapError: the version did not pass its trial, or a worker could not load it.
        """
        number = resolve(self.settings.model, version)
        if not self._swaps.acquire(blocking=False):
            raise BusyError
        try:
            with self.workers.swapping(self.settings.load_seconds):
                before = self.workers.serving  # read under the lock, since other swaps may have come first
                if number != before:
                    self._try(number)
                    swap = self.workers.announce(number)
                    self._wait_for_all(swap)
                    self.workers.commit(number)
                return Swap(self.get(), before)
        finally:
            self._swaps.release()

    def _try(self, number: int) -> None:
        """Load a version in a process that can be killed, before the workers load it."""
        if not self.settings.load_trial:
            return
        try:
            try_version(number, self.settings)
        except TrialError as error:
            raise SwapError(str(error)) from None

    def _initial_version(self) -> int:
        try:
            return resolve(self.settings.model, self.settings.version)
        except VersionError as error:
            raise SettingsError(f"TEXTLAB_API_MODEL is {self.settings.model}. {error}") from None

    def _loaded(self, number: int) -> Model:
        settings = self.settings
        folder = settings.model / str(number)
        return Model(folder, settings.model_threads, settings.engine, settings.max_characters)

    def _wait_for_all(self, swap: str) -> None:
        until = time.monotonic() + self.settings.load_seconds
        while True:
            outcomes = set(self.workers.outcomes(swap).values())
            failures = outcomes - {None, WAITING}
            if failures:
                raise SwapError(failures.pop())
            if outcomes == {None}:
                return
            if time.monotonic() > until:
                raise SwapError(
                    f"Not every worker loaded the model within {self.settings.load_seconds:g} seconds. "
                    "Retry, or raise TEXTLAB_API_LOAD_SECONDS."
                )
            time.sleep(WATCH_SECONDS / 2)

    def _watch(self) -> None:
        """Load announced versions, and free models that are no longer needed."""
        with suppress(OSError):  # the worker serves without the folder
            self.workers.register()
        pending, served = self.workers.pending(), self.workers.serving
        if pending and pending != self._handled:
            self._handled = pending
            swap, number = pending
            self.workers.report(swap, self._prepare(number))
        elif not pending and self._drop_prepared(served):
            return_free_memory()
        elif not pending and served != self._missed and self._has_missed(served):
            self._missed = served
            error = self._prepare(served)
            if error is not None:
                fields = {"version": served, "reason": error}
                logger.error("the version that the other workers serve could not be loaded", extra={"fields": fields})
        if self.get().number != self._last_served:
            self._last_served = self.model.number
            return_free_memory()

    def _drop_prepared(self, served: int) -> bool:
        """Drop a prepared version that another worker could not load. Returns whether there was one."""
        with self._switching:
            if self._prepared is None or self._prepared.number == served:
                return False
            self._prepared = None
            return True

    def _has_missed(self, served: int) -> bool:
        """Return whether a swap took place while this worker could not see the folder."""
        with self._switching:
            return served != self.model.number and self._prepared is None

    def _prepare(self, number: int) -> str | None:
        """Load a version while the present one serves. Returns the error message if it cannot be loaded."""
        loading = _Loading(self._loaded, number)
        loading.join(self.settings.load_seconds)
        if loading.is_alive():
            return f"Version {number} was not loaded within {self.settings.load_seconds:g} seconds. Export it again."
        self._prepared = loading.model
        return loading.error


class _Loading(threading.Thread):
    """A thread that loads a version. It is a daemon, because loading may hang and must not keep the process alive."""

    def __init__(self, load: Callable[[int], Model], number: int) -> None:
        super().__init__(name="model loader", daemon=True)
        self._load, self._number = load, number
        self.model: Model | None = None
        self.error: str | None = None
        self.start()

    def run(self) -> None:
        """Load the version, or keep the error message."""
        try:
            self.model = self._load(self._number)
        except BundleError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001  no error in loading may end the watching thread
            logger.error("model could not be loaded", extra={"fields": {"error": type(error).__name__}})
            self.error = f"Version {self._number} could not be loaded ({type(error).__name__}). Export the model again."
