"""Numbers for Prometheus. Under gunicorn the workers write to files, and whichever is asked adds them up."""

import os
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own name
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The service's counters and histograms."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = CollectorRegistry()
        more: dict[str, Any] = {"registry": self.registry}
        self.requests = Counter("textlab_requests", "Requests answered", ["route", "method", "status"], **more)
        self.request_seconds = Histogram(
            "textlab_request_seconds", "Time to answer a request", ["route"], buckets=SECONDS, **more
        )
        self.call_seconds = Histogram("textlab_model_call_seconds", "Time of a model call", buckets=SECONDS, **more)
        self.batch_texts = Histogram("textlab_batch_texts", "Texts in a model call", buckets=TEXTS, **more)
        self.predictions = Counter("textlab_predictions", "Predictions by class", ["label", "version"], **more)
        self.feedback = Counter("textlab_feedback", "Feedback by outcome", ["outcome", "version"], **more)
        self.alerts = Counter("textlab_misclassification_alerts", "Alerts of too many rejections", **more)
        self.version = Gauge(
            "textlab_model_version", "The version that answers", multiprocess_mode="mostrecent", **more
        )
        self.waiting = Gauge("textlab_texts_waiting", "Texts in the queue", multiprocess_mode="livesum", **more)

    def observe_call(self, texts: int, seconds: float) -> None:
        """One model call."""
        self.call_seconds.observe(seconds)
        self.batch_texts.observe(texts)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self.registry
        if os.environ.get(FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return generate_latest(registry)
