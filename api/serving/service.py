"""The state of one worker process: settings, model, predictions, feedback and metrics."""

import os
import time

from flask import Flask

from api.model.model import Model
from api.model.versions import numbers
from api.observing.metrics import Metrics
from api.observing.telemetry import start as start_telemetry
from api.serving.current_model import CurrentModel
from api.serving.feedback import Feedback
from api.serving.memory import freeze_startup_objects
from api.serving.predictions import Predictions
from api.serving.store import Store
from api.settings import RUN, Settings

EXTENSION = "textlab_api"


class Service:
    """What the endpoints call.

    Attributes:
        settings: the settings of the service.
        started: `time.monotonic()` at the start, in seconds.
        predictions: answers texts.
        feedback: takes the right labels of predictions.
        current: the model, and its replacement.
        metrics, telemetry: the counters of requests, predictions and feedback.

    Raises:
        SettingsError: there is no such model, or the telemetry settings are invalid.
        BundleError: the model's bundle fails a check.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings, self.started = settings, time.monotonic()
        self.metrics = Metrics()
        self.current = CurrentModel(settings, self.metrics.version.set, self.metrics.count_error)
        if RUN in os.environ:
            self.metrics.share(self.current.folder, settings.state)
        self.telemetry = start_telemetry(settings.state)
        self._store = Store(
            settings.state / "predictions.sqlite",
            settings.remember_minutes * 60,
            settings.alert_rejections,
            settings.alert_minutes * 60,
        )
        self.predictions = Predictions(settings, self.current, self._store, self.metrics, self.telemetry)
        self.feedback = Feedback(settings, self._store, self.metrics, self.telemetry)
        if settings.freeze_gc:
            freeze_startup_objects()

    @property
    def model(self) -> Model:
        """The model that serves."""
        return self.current.model

    @property
    def workers(self) -> int:
        """The number of live workers."""
        return self.current.workers

    @property
    def versions(self) -> list[int]:
        """The versions that could be loaded."""
        return numbers(self.settings.model)

    def close(self) -> None:
        """Answer the waiting requests, store what is unwritten, and stop."""
        self.predictions.close()
        self._store.close()
        self.metrics.close()
        self.current.close()
        self.telemetry.close()


def service_of(app: Flask) -> Service:
    """The service behind `app`."""
    return app.extensions[EXTENSION]
