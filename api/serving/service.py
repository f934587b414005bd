"""The state of one worker process: settings, models, the work of the task and metrics."""

import os
import time
from typing import TypeVar

from flask import Flask

from api.model.model import Model
from api.model.versions import numbers
from api.observing.events import TextHash
from api.observing.metrics import Metrics
from api.observing.telemetry import start as start_telemetry
from api.serving.answering import Answering
from api.serving.cells import Cells
from api.serving.current_model import CurrentModel
from api.serving.database import Database
from api.serving.deployment import ROLES
from api.serving.feedback_file import FeedbackFile
from api.serving.judgements import AlertRules, Judgements
from api.serving.memory import freeze_startup_objects
from api.serving.seal_keys import seal_keys, warn_of_clear_texts
from api.serving.store import SCHEMA, SCHEMA_VERSION, Store
from api.serving.switching import Switching
from api.serving.tasks import WORK, Classification, Parts, Retrieval, TaskWork
from api.settings import RUN, Settings
from textlab.inputs import kind_of

MEGABYTE = 1_000_000
EXTENSION = "textlab_api"
Work = TypeVar("Work", bound=TaskWork)
LOCKED_OUT = "Feedback cannot be kept: feedback.jsonl is sealed with a key that the service does not have."


class WrongTaskError(RuntimeError):
    """The service runs a model of another task.

    Attributes:
        task: the task of its model.
    """

    def __init__(self, task: str) -> None:
        super().__init__(f"The service runs a model of the task {task}.")
        self.task = task


class Service:
    """The interface of a worker for its endpoints.

    Attributes:
        settings: the settings of the service.
        started: `time.monotonic()` at the start, in seconds.
        answering: the queue in front of the models.
        work: the work of the task, which the first model decides. No version of another task is deployed later.
        current: the models of this worker.
        switching: changes the deployed versions.
        metrics, telemetry: the counters of requests, predictions and feedback.

    Raises:
        SettingsError: the model does not exist, or a key or the telemetry settings are invalid.
        BundleError: the model's bundle fails a check.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings, self.started = settings, time.monotonic()
        self._limits = settings
        keys = seal_keys()
        if keys is None and RUN not in os.environ:  # the main process of a run has said so once for all workers
            warn_of_clear_texts()
        self.metrics = Metrics()
        self.current = CurrentModel(
            settings, self.metrics.version.set, self.metrics.count_error, self.metrics.versions.count_switched_off
        )
        self.switching = Switching(self.current)
        self.metrics.versions.follow(self.current.workers.deployment.get)
        if RUN in os.environ:
            self.metrics.share(self.current.workers.folder, settings.state if settings.earlier_counts else None)
        self.telemetry = start_telemetry(settings.state)
        hashed = TextHash(settings.state)
        self._database = Database(settings.state / "predictions.sqlite", SCHEMA, SCHEMA_VERSION)
        self._file = FeedbackFile(settings.state / "feedback.jsonl", int(settings.feedback_megabytes * MEGABYTE), keys)
        judgements = _judgements(settings, self._database, Cells(keys))
        self._store = Store(
            self._database,
            settings.remember_minutes * 60,
            int(settings.remember_megabytes * MEGABYTE),
            hashed,
            self.metrics.count_error,
            judgements.forget,
            Cells(keys),
        )
        self.answering = Answering(settings, self.current, self.metrics, self.telemetry)
        parts = Parts(
            settings,
            self.current,
            self.answering,
            self._store,
            judgements,
            self._file,
            hashed,
            self.metrics,
            self.telemetry,
            keys,
        )
        self.work = WORK[self.model.work](parts)
        if settings.freeze_gc:
            freeze_startup_objects()

    @property
    def classification(self) -> Classification:
        """The work of a classifier.

        Raises:
            WrongTaskError: the model is no classifier.
        """
        return self._work_of(Classification)

    @property
    def retrieval(self) -> Retrieval:
        """The work of a retriever.

        Raises:
            WrongTaskError: the model is no retriever.
        """
        return self._work_of(Retrieval)

    def _work_of(self, kind: type[Work]) -> Work:
        if not isinstance(self.work, kind):
            raise WrongTaskError(self.work.name)
        return self.work

    @property
    def model(self) -> Model:
        """The model that serves."""
        return self.current.model

    @property
    def limits(self) -> Settings:
        """The settings, with the maximum number of characters that the model takes if they leave it to the model."""
        longest = self.model.max_characters
        if longest != self._limits.max_characters:
            self._limits = self.settings.model_copy(update={"max_characters": longest})
        return self._limits

    @property
    def max_body_bytes(self) -> int:
        """Maximum size of a request body. The inputs of the model never change while the service runs."""
        has_files = any(kind_of(name).is_binary for name in self.model.inputs)
        return self.settings.max_picture_body_bytes if has_files else self.settings.max_body_bytes

    @property
    def workers(self) -> int:
        """The number of live workers."""
        return self.current.workers.count()

    @property
    def expected_workers(self) -> int:
        """The number of workers that should be alive."""
        return self.settings.workers if RUN in os.environ else 1

    def reasons(self, workers: int) -> list[str]:
        """The faults that leave the service able to answer, as short sentences for its operator.

        Args:
            workers: the number of live workers.
        """
        expected = self.expected_workers
        named = {
            f"Only {workers} of {expected} workers are alive.": workers < expected,
            "The state folder cannot be written.": not self.current.workers.is_registered,
            "Predictions cannot be kept for feedback.": self._database.error is not None,
            "Metrics of this worker cannot be shared.": self.metrics.error is not None,
            "This worker could not load the version that the others serve.": self.current.is_behind,
            "The file of feedback is full or nearly full.": self._file.is_nearly_full,
            LOCKED_OUT: self._file.is_locked_out,
            **self.work.faults(),
        }
        deployment = self.current.deployment
        for role in ROLES:
            failed = deployment.failed(role)
            named[f"Version {failed} failed as the {role} and was switched off."] = failed > 0
        return [reason for reason, is_present in named.items() if is_present]

    def count_model_error(self, error: Exception) -> None:
        """Count a request on which the model failed, and send the error to telemetry."""
        self.metrics.count_model_error(error)
        self.telemetry.failure(error)

    @property
    def versions(self) -> list[int]:
        """The versions that could be loaded."""
        return numbers(self.settings.model)

    def close(self) -> None:
        """Answer the waiting requests, store what is unwritten, and stop."""
        self.answering.close()
        self._store.close()
        self.work.close()
        self.metrics.close()
        self.current.close()
        self.telemetry.close()


def _judgements(settings: Settings, database: Database, cells: Cells) -> Judgements:
    quiet_seconds = settings.alert_quiet_hours * 3_600
    rules = AlertRules(settings.alert_rejections, settings.alert_minutes * 60, quiet_seconds)
    return Judgements(database, rules, int(settings.feedback_caller_megabytes * MEGABYTE), cells)


def service_of(app: Flask) -> Service:
    """The service behind `app`."""
    return app.extensions[EXTENSION]
