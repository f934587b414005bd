"""The model that a worker serves, and its replacement in all workers at once."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from api.background import BackgroundTask
from api.model.model import Model
from api.model.versions import VersionError, resolve
from api.serving.memory import return_free_memory
from api.serving.workers import WAITING, Workers
from api.settings import Settings, SettingsError
from textlab.bundle_format.documents import BundleError

logger = logging.getLogger("textlab_api")

WATCH_SECONDS = 0.05


class SwapError(RuntimeError):
    """A version that could not be loaded. The previous one still serves. The message gives the reason."""


class CurrentModel:
    """The model of this worker, kept in step with the other workers by a thread that watches the shared folder.

    Args:
        settings: the settings of the service.
        on_switch: called with the version number whenever this worker serves another model, and at the start.
        on_error: called with the name of the watching thread after an error in it.

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
        self._workers = Workers(settings.state)
        self._switching = threading.Lock()
        self._prepared: Model | None = None
        with self._workers.starting():
            number = self._workers.serving or self._workers.first(self._initial_version())
            self.model = self._loaded(number)
            self._handled = self._workers.pending()  # left by a dead worker: no swap runs while a worker starts
        on_switch(self.model.number)
        self._last_served, self._missed = self.model.number, 0
        self._watcher = BackgroundTask("model watcher", WATCH_SECONDS, self._watch, on_error)

    def close(self) -> None:
        """Stop watching and leave the other workers."""
        self._watcher.close()
        self._workers.leave()

    @property
    def folder(self) -> Path:
        """The folder that the workers of this run share."""
        return self._workers.folder

    @property
    def is_registered(self) -> bool:
        """Whether the other workers can see this one."""
        return self._workers.is_registered

    @property
    def workers(self) -> int:
        """The number of live workers."""
        return self._workers.count()

    def get(self) -> Model:
        """The model that all workers serve now. The thread that first notices a swap makes the switch."""
        number = self._workers.serving
        if number != self.model.number:
            with self._switching:
                if self._prepared is not None and self._prepared.number == number:
                    self.model, self._prepared = self._prepared, None
                    self._on_switch(number)
                    logger.info("model switched", extra={"fields": {"model": self.model.name, "version": number}})
        return self.model

    def swap(self, version: str) -> Model:
        """Serve another version, in all workers from the same moment on.

        Raises:
            VersionError: there is no such version.
            BusyError: another swap or the start of a worker takes too long.
            StateUnavailableError: the shared folder cannot be written.
            SwapError: a worker could not load the version.
        """
        number = resolve(self.settings.model, version)
        with self._workers.swapping(self.settings.load_seconds):
            if number != self._workers.serving:
                swap = self._workers.announce(number)
                self._wait_for_all(swap)
                self._workers.commit(number)
            return self.get()

    def _initial_version(self) -> int:
        try:
            return resolve(self.settings.model, self.settings.version)
        except VersionError as error:
            raise SettingsError(f"TEXTLAB_API_MODEL is {self.settings.model}. {error}") from None

    def _loaded(self, number: int) -> Model:
        return Model(self.settings.model / str(number), self.settings.model_threads, self.settings.engine)

    def _wait_for_all(self, swap: str) -> None:
        until = time.monotonic() + self.settings.load_seconds
        while True:
            outcomes = set(self._workers.outcomes(swap).values())
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
        """Prepare announced versions, and free models that are no longer needed."""
        with suppress(OSError):  # serving does not need the folder
            self._workers.register()
        pending, served = self._workers.pending(), self._workers.serving
        if pending and pending != self._handled:
            self._handled = pending
            swap, number = pending
            self._workers.report(swap, self._prepare(number))
        elif not pending and self._prepared is not None and self._prepared.number != served:
            self._prepared = None  # another worker could not load it
            return_free_memory()
        elif not pending and served not in (self.model.number, self._missed) and self._prepared is None:
            self._missed = served  # the swap took place while this worker could not see the folder
            self._prepare(served)
        if self.get().number != self._last_served:
            self._last_served = self.model.number
            return_free_memory()

    def _prepare(self, number: int) -> str | None:
        """Load a version beside the one that serves, and return the error if that fails."""
        try:
            self._prepared = self._loaded(number)
        except BundleError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  no error in loading may end the watching thread
            logger.error("model could not be loaded", extra={"fields": {"error": type(error).__name__}})
            return f"Version {number} could not be loaded ({type(error).__name__}). Export the model again."
        return None
