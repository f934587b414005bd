"""Metrics for Prometheus. Under gunicorn the workers write them to files, and any worker can add them up.

Counts in files outlive a restart. Under `flask run`, they are kept in memory and begin at zero.
"""

import functools
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own name
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The counters, histograms and gauges of the service.

    Args:
        ended: folder with the counts of ended runs.
    """

    def __init__(self, ended: Path) -> None:
        import prometheus_client as client

        self._ended = ended
        self.registry = client.CollectorRegistry()
        more: dict[str, Any] = {"registry": self.registry}
        self.requests = client.Counter("textlab_requests", "Requests answered", ["route", "method", "status"], **more)
        self.request_seconds = client.Histogram(
            "textlab_request_seconds", "Seconds to answer a request", ["route"], buckets=SECONDS, **more
        )
        self.call_seconds = client.Histogram(
            "textlab_model_call_seconds", "Seconds per model call", buckets=SECONDS, **more
        )
        self.batch_texts = client.Histogram("textlab_batch_texts", "Texts per model call", buckets=TEXTS, **more)
        self.predictions = client.Counter("textlab_predictions", "Predictions by class", ["label", "version"], **more)
        self.feedback = client.Counter("textlab_feedback", "Feedback by outcome", ["outcome", "version"], **more)
        self.alerts = client.Counter("textlab_misclassification_alerts", "Misclassification alerts", **more)
        self.version = client.Gauge(
            "textlab_model_version", "Version that serves", multiprocess_mode="mostrecent", **more
        )
        self.waiting = client.Gauge(
            "textlab_texts_waiting", "Texts waiting in the queue", multiprocess_mode="livesum", **more
        )

        # In prometheus_client, finding a counter by its labels costs more than adding to it.
        self._requests_of = functools.lru_cache(256)(self.requests.labels)
        self._seconds_of = functools.lru_cache(64)(self.request_seconds.labels)
        self._predictions_of = functools.lru_cache(256)(self.predictions.labels)

    def observe_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request and the seconds to answer it."""
        self._requests_of(route, method, status).inc()
        self._seconds_of(route).observe(seconds)

    def observe_call(self, texts: int, seconds: float, waiting: int) -> None:
        """Count one model call, and set the number of texts that wait for the next one."""
        self.call_seconds.observe(seconds)
        self.batch_texts.observe(texts)
        self.waiting.set(waiting)

    def observe_predictions(self, labels: Iterable[str], version: int) -> None:
        """Count the classes that a version predicted for the texts of a request."""
        for label, count in Counter(labels).items():
            self._predictions_of(label, version).inc(count)

    def exposition(self) -> bytes:
        """All metrics of all workers, with the counts of ended runs, in the text format of Prometheus."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = self.registry
        if os.environ.get(FOLDER):
            registry = CollectorRegistry()
            registry.register(_Files([Path(os.environ[FOLDER]), self._ended]))
        return generate_latest(registry)


class _Files:
    """A collector that adds up the files of several folders. prometheus_client's own reads one folder."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders

    def collect(self) -> Iterable[Any]:
        from prometheus_client.multiprocess import MultiProcessCollector

        return MultiProcessCollector.merge([str(path) for folder in self._folders for path in folder.glob("*.db")])
