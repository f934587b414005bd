"""Metrics for Prometheus. Each worker counts in its own memory, and writes a snapshot every second for the others.

The worker that answers a scrape adds the snapshots of the others to its own counts. If snapshots cannot be written,
counting continues. Counts survive a restart of the service. Under `flask run`, they begin at zero.
"""

import contextlib
import itertools
import os
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from api.background import BackgroundTask
from api.observing import ended_runs
from api.observing.snapshot_file import SnapshotFile
from api.observing.snapshots import Snapshot
from api.observing.tally import CounterTally, HistogramTally
from api.observing.version_metrics import VersionMetrics

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
HITS = (0, 1, 5, 10, 20, 50, 100)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SNAPSHOT_SECONDS = 1.0
DEAD_WORKERS_EVERY = 10  # snapshots


class Metrics:
    """The counters, histograms and gauges of this worker, and their sum over all workers.

    Attributes:
        versions: the metrics of canary and shadow.
        error: type of the error of the last snapshot, None if it was written.
    """

    def __init__(self) -> None:
        import prometheus_client as client

        self.registry = client.CollectorRegistry()
        more: dict[str, Any] = {"registry": self.registry}
        self.requests = CounterTally("textlab_requests", "Requests answered", ["route", "method", "status"])
        self.request_seconds = HistogramTally(
            "textlab_request_seconds", "Seconds to answer a request", ["route"], SECONDS
        )
        self.call_seconds = HistogramTally("textlab_model_call_seconds", "Seconds per model call", ["version"], SECONDS)
        self.batch_texts = HistogramTally("textlab_batch_texts", "Texts per model call", [], TEXTS)
        self.predictions = CounterTally("textlab_predictions", "Predictions by class", ["label", "version"])
        self.truncated = CounterTally("textlab_truncated_texts", "Texts whose end was not read", ["version"])
        self.abstentions = CounterTally("textlab_abstentions", "Texts left to a person", ["version"])
        self.explanation_seconds = HistogramTally(
            "textlab_explanation_seconds", "Seconds per explanation", ["version"], SECONDS
        )
        self.searches = CounterTally("textlab_searches", "Searches", ["version"])
        self.hits = HistogramTally("textlab_search_hits", "Documents per search", ["version"], HITS)
        for tally in (
            self.requests,
            self.request_seconds,
            self.call_seconds,
            self.batch_texts,
            self.predictions,
            self.truncated,
            self.abstentions,
            self.explanation_seconds,
            self.searches,
            self.hits,
        ):
            self.registry.register(tally)
        self.feedback = client.Counter("textlab_feedback", "Feedback by outcome", ["outcome", "version"], **more)
        self.alerts = client.Counter("textlab_misclassification_alerts", "Misclassification alerts", **more)
        self.task_errors = client.Counter(
            "textlab_background_task_errors", "Failed repetitions of background tasks", ["task"], **more
        )
        self.model_errors = client.Counter(
            "textlab_model_errors", "Requests on which the model failed", ["error"], **more
        )
        self.recorded = client.Counter("textlab_recorded", "Items that were recorded, by kind", ["kind"], **more)
        self.recorded_bytes = client.Counter("textlab_recorded_bytes", "Bytes of recorded items", ["kind"], **more)
        self.dropped = client.Counter(
            "textlab_recording_dropped", "Items that were not recorded, by kind and reason", ["kind", "reason"], **more
        )
        self.versions = VersionMetrics(self.registry)
        self.version = client.Gauge("textlab_model_version", "Version that serves", registry=None)
        self.waiting = client.Gauge("textlab_texts_waiting", "Texts waiting in the queue", **more)

        self._texts_waiting = 0
        self.waiting.set_function(lambda: self._texts_waiting)
        self._total: Path | None = None
        self._file: SnapshotFile | None = None
        self._task: BackgroundTask | None = None
        self.error: str | None = None

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request and the seconds to answer it."""
        self.requests.add(route, method, status)
        self.request_seconds.observe(seconds, route)

    def observe_call(self, texts: int, seconds: float, waiting: int, version: int) -> None:
        """Count one call of a version, and set the number of texts that wait for the next call."""
        self.call_seconds.observe(seconds, version)
        self.batch_texts.observe(texts)
        self._texts_waiting = waiting

    def observe_predictions(self, labels: Iterable[str], truncated: int, version: int) -> None:
        """Count the classes that a version predicted for the texts of a request, and the texts that it cut."""
        for label in labels:
            self.predictions.add(label, version)
        for _ in range(truncated):
            self.truncated.add(version)

    def observe_abstentions(self, count: int, version: int) -> None:
        """Count texts that a version left to a person."""
        for _ in range(count):
            self.abstentions.add(version)

    def observe_explanation(self, seconds: float, version: int) -> None:
        """Count an explanation of a version."""
        self.explanation_seconds.observe(seconds, version)

    def observe_search(self, hits: int, version: int) -> None:
        """Count a search of a version, and the documents that it found."""
        self.searches.add(version)
        self.hits.observe(hits, version)

    def count_error(self, task: str) -> None:
        """Count an error in a background task."""
        self.task_errors.labels(task).inc()

    def count_model_error(self, error: Exception) -> None:
        """Count a request on which the model failed."""
        self.model_errors.labels(type(error).__name__).inc()

    def observe_recorded(self, kind: str, items: int, size: int) -> None:
        """Count items that a recorder has written, and their bytes."""
        self.recorded.labels(kind).inc(items)
        self.recorded_bytes.labels(kind).inc(size)

    def count_dropped(self, kind: str, reason: str, items: int) -> None:
        """Count items that a recorder could not write: their `backlog` is full, an `error`, or their `length`."""
        self.dropped.labels(kind, reason).inc(items)

    def share(self, run: Path, state: Path | None) -> None:
        """Share the counts with the other workers of a run from now on.

        Args:
            run: the folder of the run.
            state: the state folder, which holds the counts of ended runs. None leaves them out.
        """
        self._total = state / ended_runs.FOLDER if state is not None else None
        name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}{ended_runs.SUFFIX}"
        self._file = SnapshotFile(run / ended_runs.FOLDER / name)
        self._numbers = itertools.count(1)
        self._writing = threading.Lock()
        self._task = BackgroundTask("metrics", SNAPSHOT_SECONDS, self._write_periodically, self.count_error)

    def close(self) -> None:
        """Write the last snapshot, and stop sharing."""
        if self._task is not None and self._file is not None:
            self._task.close()
            self._try_to_write()
            self._file.close()

    def exposition(self) -> bytes:
        """All metrics of all workers, with the counts of ended runs, in the text format of Prometheus."""
        from prometheus_client import CollectorRegistry, generate_latest

        found = Snapshot.of(self.registry)
        if self._file is not None:
            self._try_to_write()  # so that no other worker shows a smaller count afterwards
            self._add_others(found)
        registry = CollectorRegistry()
        registry.register(found)
        for gauge in (self.version, *self.versions.gauges):
            registry.register(gauge)
        return generate_latest(registry)

    def _write_periodically(self) -> None:
        self._write_snapshot()
        if next(self._numbers) % DEAD_WORKERS_EVERY == 0 and self._file is not None:
            ended_runs.add_dead_workers(self._file.path.parent)

    def _try_to_write(self) -> None:
        with contextlib.suppress(OSError):
            self._write_snapshot()

    def _write_snapshot(self) -> None:
        assert self._file is not None, "call share() first"
        try:
            self._file.path.parent.mkdir(mode=0o700, exist_ok=True)
            with self._writing:
                self._file.write(ended_runs.compressed(Snapshot.of(self.registry)))
            self.error = None
        except OSError as error:
            self.error = type(error).__name__
            raise

    def _add_others(self, found: Snapshot) -> None:
        assert self._file is not None
        folder = self._file.path.parent
        with contextlib.suppress(OSError), ended_runs.reading(folder):
            if self._total is not None:
                found.add(ended_runs.counts_in(self._total)[0], gauges=False)
            counts, contained = ended_runs.counts_in(folder)
            found.add(counts, gauges=False)
            for snapshot, lives in ended_runs.snapshots_in(folder, self._file.path, contained):
                found.add(snapshot, gauges=lives)
