"""What one worker holds: the settings, the model that it serves, and the queue in front of it."""

import ctypes
import gc
import logging
import sys
import threading
import time
from typing import Any

from flask import Flask

from api.model.bundle import BundleError
from api.model.model import Model
from api.model.versions import VersionError, resolve
from api.observing.events import TextHash, emit
from api.observing.metrics import Metrics
from api.observing.telemetry import start as start_telemetry
from api.serving.batching import Answer, Batcher
from api.serving.store import Prediction, Store
from api.serving.workers import Workers
from api.settings import Settings, SettingsError

logger = logging.getLogger("textlab_api")

WATCH_SECONDS = 0.05


class SwapError(RuntimeError):
    """A model that could not be taken into service; the one before still answers. The message says why."""


class Service:
    """The state of a worker process.

    Raises:
        SettingsError: there is no such model.
        BundleError: its bundle is refused.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.started_at = time.time()
        self._workers = Workers(settings.state)
        self._switching = threading.Lock()
        self._prepared: Model | None = None
        with self._workers.starting():
            number = self._workers.serving or self._workers.first(self._resolved(settings.version))
            self.model = Model(settings.model / str(number), settings.model_threads)
            self._handled = self._workers.pending()  # left by a worker that died; no swap is under way now
        self.metrics, self.telemetry = Metrics(), start_telemetry(settings.state)
        self.metrics.version.set(self.model.number)
        self.store = Store(
            settings.state / "predictions.sqlite",
            settings.remember_minutes * 60,
            settings.alert_rejections,
            settings.alert_minutes * 60,
        )
        self._hash = TextHash(settings.state)
        self.batcher = Batcher(
            self._predict,
            settings.batch_size,
            settings.batch_wait_ms / 1e3,
            settings.queue_size,
            self._observe_call,
        )
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="model watcher", daemon=True)
        self._watcher.start()
        _spare_what_is_there()

    def close(self) -> None:
        """Answer what waits and stop."""
        self.batcher.close()
        self.store.close()
        self._closing.set()
        self._watcher.join()
        self._workers.leave()
        self.telemetry.close()

    @property
    def workers(self) -> int:
        """How many workers serve."""
        return self._workers.count()

    def load(self, version: str) -> Model:
        """Take another version into service, in all workers at once.

        Raises:
            VersionError: there is no such version.
            BusyError: another swap, or the start of a worker, takes too long.
            SwapError: a worker could not load it; all still serve the one before.
        """
        number = resolve(self.settings.model, version)
        with self._workers.swapping(self.settings.load_seconds):
            if number == self._workers.serving:
                return self._current()
            swap = self._workers.announce(number)
            self._wait_for_all(swap)
            self._workers.commit(number)
            return self._current()

    def predicted(self, predictions: list[Prediction]) -> None:
        """Remember and count what was answered."""
        self.store.remember(predictions)
        labels, version = [prediction.label for prediction in predictions], predictions[0].version
        self.metrics.observe_predictions(labels, version)
        self.telemetry.predictions(labels, version)

    def feedback(self, prediction: Prediction, label: str) -> str:
        """Count that `label` is right for the text of `prediction`; "confirmed" or "rejected"."""
        outcome = "confirmed" if prediction.label == label else "rejected"
        self.metrics.feedback.labels(outcome, prediction.version).inc()
        fields = {
            "model": prediction.model,
            "version": prediction.version,
            "predicted": prediction.label,
            "label": label,
            "text_hash": self._hash(prediction.text),
            "text_length": len(prediction.text),
        }
        self._emit(f"prediction_{outcome}", fields)
        if outcome == "rejected" and self.store.reject():
            self.metrics.alerts.inc()
            window = {"rejections": self.settings.alert_rejections, "minutes": self.settings.alert_minutes}
            self._emit("misclassification_alert", {"model": prediction.model, "version": prediction.version} | window)
        return outcome

    def _emit(self, name: str, fields: dict[str, Any]) -> None:
        emit(name, fields)
        self.telemetry.event(name, fields)

    def _observe_call(self, texts: int, seconds: float) -> None:
        self.metrics.observe_call(texts, seconds, self.batcher.waiting)
        self.telemetry.call(texts, seconds)

    def _wait_for_all(self, swap: str) -> None:
        until = time.monotonic() + self.settings.load_seconds
        while True:
            outcomes = set(self._workers.outcomes(swap).values())
            failures = outcomes - {None, "waiting"}
            if failures:
                raise SwapError(failures.pop())
            if outcomes == {None}:
                return
            if time.monotonic() > until:
                raise SwapError(
                    f"Not every worker loaded the model within {self.settings.load_seconds:g} s. The one before still "
                    "answers. Try again, or raise TEXTLAB_API_LOAD_SECONDS."
                )
            time.sleep(WATCH_SECONDS / 2)

    def _resolved(self, version: str) -> int:
        try:
            return resolve(self.settings.model, version)
        except VersionError as error:
            raise SettingsError(f"TEXTLAB_API_MODEL is {self.settings.model}. {error}") from None

    def _predict(self, texts: list[str]) -> Answer:
        model = self._current()
        return model, model.predict_proba(texts)

    def _current(self) -> Model:
        """The model that all workers serve; the switch happens here, in whichever thread comes first."""
        number = self._workers.serving
        if number != self.model.number:
            with self._switching:
                if self._prepared is not None and self._prepared.number == number:
                    self.model, self._prepared = self._prepared, None
                    self.metrics.version.set(number)
                    logger.info("model switched", extra={"fields": {"model": self.model.name, "version": number}})
        return self.model

    def _watch(self) -> None:
        """Prepare what is announced, and free what is no longer needed."""
        serving = self.model.number
        while not self._closing.wait(WATCH_SECONDS):
            pending = self._workers.pending()
            if pending and pending != self._handled:
                self._handled = pending
                swap, number = pending
                self._workers.report(swap, self._prepare(number))
            elif not pending and self._prepared is not None and self._prepared.number != self._workers.serving:
                self._prepared = None  # it failed elsewhere
                _give_memory_back()
            if self._current().number != serving:
                serving = self.model.number
                _give_memory_back()

    def _prepare(self, number: int) -> str | None:
        """Load `number` beside the model that serves; the error where that fails."""
        try:
            self._prepared = Model(self.settings.model / str(number), self.settings.model_threads)
        except BundleError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  whatever it is, the old model goes on serving
            logger.error("model could not be loaded", extra={"fields": {"error": type(error).__name__}})
            return f"Version {number} could not be loaded ({type(error).__name__}). Export the model again."
        return None


def _spare_what_is_there() -> None:
    """Keep what the service consists of out of later collections, which stop all requests."""
    gc.collect()
    gc.freeze()


def _give_memory_back() -> None:
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def of(app: Flask) -> Service:
    """The service behind `app`."""
    return app.extensions["textlab_api"]
