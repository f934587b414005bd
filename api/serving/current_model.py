"""The models of a worker: the champion that it serves, and the canary and the shadow beside it."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from api.background import BackgroundTask
from api.model.model import Model
from api.model.tasks import load_model
from api.model.versions import VersionError, resolve
from api.serving.deployment import Deployment, Role, Route
from api.serving.memory import return_free_memory
from api.serving.workers import Workers
from api.settings import Settings, SettingsError
from textlab.bundle_format.documents import BundleError

logger = logging.getLogger("textlab_api")

WATCH_SECONDS = 0.05


class CurrentModel:
    """The models of this worker, kept in step with the other workers by a thread that watches the shared folder.

    Args:
        settings: the settings of the service.
        on_switch: called with the version number at the start, and whenever this worker switches to another champion.
        on_error: called with the name of the watching thread after each error in it.
        on_failure: called when this worker switches a canary or a shadow off, with the role and the version number.

    Attributes:
        model: the champion of this worker.
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
        on_failure: Callable[[Role, int], None] = lambda role, number: None,
    ) -> None:
        self.settings, self._on_switch, self._on_failure = settings, on_switch, on_failure
        self.workers = Workers(settings.state)
        self._switching = threading.Lock()
        self._missed: set[int] = set()
        with self.workers.starting():
            number = self.workers.serving or self.workers.first(self._initial_version())
            self.model = self._loaded(number)
            self._models = {number: self.model}
            # No swap runs while a worker starts, so a pending swap was left by a dead worker.
            self._handled = self.workers.pending()
            # Before the first request, so that every caller of the canary gets the canary.
            self._load_missed(self.deployment)
        on_switch(self.model.number)
        self._watcher = BackgroundTask("model watcher", WATCH_SECONDS, self._watch, on_error)

    def close(self) -> None:
        """Stop watching and leave the other workers."""
        self._watcher.close()
        self.workers.leave()

    @property
    def deployment(self) -> Deployment:
        """The deployed versions."""
        return self.workers.deployment.get()

    @property
    def is_behind(self) -> bool:
        """True if this worker missed a swap and could not load the version afterwards."""
        served = self.workers.serving
        return served in self._missed and served not in self._models

    def get(self, route: Route = "champion") -> Model:
        """The model that answers now on a route. The first thread that notices a swap switches the model.

        Without a canary, the champion answers on its route.
        """
        if route == "canary":
            model = self._models.get(self.deployment.canary)
            if model is not None:
                return model
        number = self.workers.serving
        if number != self.model.number:
            with self._switching:
                model = self._models.get(number)
                if model is not None and model is not self.model:
                    self.model = model
                    self._on_switch(number)
                    logger.info("model switched", extra={"fields": {"model": model.name, "version": number}})
        return self.model

    @property
    def shadow(self) -> Model | None:
        """The model of the shadow, None without a shadow."""
        return self._models.get(self.deployment.shadow)

    def switch_off(self, role: Role, model: Model, reason: str) -> None:
        """End the role of a version that fails, in all workers, and end its calls in progress in this one.

        Args:
            role: the role.
            model: the model that fails.
            reason: the reason, for the log.
        """
        if self.workers.deployment.switch_off(role, model.number):
            self._report_failure(role, model.number, reason)
        with self._switching:
            self._models = {number: each for number, each in self._models.items() if each is not model}
        model.cancel()

    def _report_failure(self, role: Role, number: int, reason: str) -> None:
        fields = {"role": role, "model": self.model.name, "version": number, "reason": reason}
        logger.error("a version failed and was switched off", extra={"fields": fields})
        self._on_failure(role, number)

    def _initial_version(self) -> int:
        try:
            return resolve(self.settings.model, self.settings.version)
        except VersionError as error:
            raise SettingsError(f"TEXTLAB_API_MODEL is {self.settings.model}. {error}") from None

    def _loaded(self, number: int) -> Model:
        settings = self.settings
        folder = settings.model / str(number)
        return load_model(folder, settings.model_threads, settings.engine, settings.max_characters)

    def _watch(self) -> None:
        """Load announced versions, and free models that are no longer needed."""
        with suppress(OSError):  # the worker serves without the folder
            self.workers.register()
        pending = self.workers.pending()  # read first: a swap that is no longer pending is in the deployment
        deployment = self.deployment
        if pending and pending != self._handled:
            self._handled = pending
            swap, number = pending
            self.workers.report(swap, self._prepare(number))
        elif not pending:
            self._load_missed(deployment)
        self.get()
        if not pending and self._drop_unneeded(deployment):
            return_free_memory()

    def _drop_unneeded(self, deployment: Deployment) -> bool:
        """Drop the models that have no role. Returns whether there were any."""
        with self._switching:
            needed = deployment.versions | {self.model.number}
            kept = {number: model for number, model in self._models.items() if number in needed}
            has_dropped = len(kept) < len(self._models)
            self._models = kept
            return has_dropped

    def _load_missed(self, deployment: Deployment) -> None:
        """Load the versions that were deployed while this worker did not run or could not see the folder."""
        self._missed &= deployment.versions
        for number in deployment.versions - self._models.keys() - self._missed:
            error = self._prepare(number)
            if error is None:
                continue
            self._missed.add(number)
            if number == deployment.champion:
                fields = {"version": number, "reason": error}
                logger.error("the version that the other workers serve could not be loaded", extra={"fields": fields})
            else:
                # A caller of the canary must not get another version from this worker than from the others.
                role: Role = "canary" if number == deployment.canary else "shadow"
                if self.workers.deployment.switch_off(role, number):
                    self._report_failure(role, number, error)

    def _prepare(self, number: int) -> str | None:
        """Load a version while the present one serves. Returns the error message if it cannot be loaded."""
        if number in self._models:
            return None
        loading = _Loading(self._loaded, number)
        loading.join(self.settings.load_seconds)
        if loading.is_alive():
            return f"Version {number} was not loaded within {self.settings.load_seconds:g} seconds. Export it again."
        if loading.model is not None:
            with self._switching:
                self._models = {**self._models, number: loading.model}
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
