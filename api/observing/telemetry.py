"""Telemetry to Azure Application Insights, if APPLICATIONINSIGHTS_CONNECTION_STRING is set.

The service creates the spans of requests and model calls itself, because OpenTelemetry's instrumentation of Flask would
cost more than the rest of a request. A request only appends a record to a buffer. One thread turns the records into
spans and metrics, many at a time, and other threads send them. All queues are bounded, so no request waits for the
network. Texts, keys and error messages are never sent.
"""

import logging
import os
import random
import re
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from api.background import BackgroundTask
from api.observing.logs import stack
from api.observing.repeated_errors import RepeatedErrors
from api.settings import SettingsError

VARIABLE = "APPLICATIONINSIGHTS_CONNECTION_STRING"
EVENT_NAME = "microsoft.custom_event.name"
PARTS = {
    name.lower(): name
    for name in ("InstrumentationKey", "IngestionEndpoint", "LiveEndpoint", "ApplicationId", "AADAudience", "Location")
}
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TRACE_HEADERS = ("traceparent", "tracestate")
LONGEST_TRACE_HEADER = 512  # characters, as W3C recommends; the buffer holds the headers
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Only urllib is instrumented: it fetches the keys that verify tokens.
INSTRUMENTED = {
    name: {"enabled": name == "urllib"}
    for name in ("azure_sdk", "django", "fastapi", "flask", "psycopg2", "requests", "urllib", "urllib3")
}
FLUSH_MILLISECONDS = 2_000
BUFFERED = 20_000  # maximum number of records in the buffer; a full buffer drops the oldest
WRITE_SECONDS = 0.25
SPANS_AT_ONCE = 50  # spans per WRITE_SECONDS, approximately
SAMPLE_RATE = "_MS.sampleRate"  # in percent, as the SDK's samplers write it; Azure scales its counts by it

# A separate logger, so that neither the SDK's log records nor our others are sent.
events = logging.getLogger("textlab_api_events")
logger = logging.getLogger("textlab_api")


class Telemetry:
    """Telemetry that is switched off. Its methods do nothing."""

    def request(self, method: str, route: str, status: int, seconds: float, headers: Any) -> None:
        """Record an answered request."""

    def call(self, texts: int, seconds: float) -> None:
        """Record a model call."""

    def predictions(self, labels: list[str], version: int) -> None:
        """Record the predicted classes of the texts of a request."""

    def explanation(self, seconds: float, version: int) -> None:
        """Record an explanation."""

    def search(self, hits: int, version: int) -> None:
        """Record a search and the number of documents that it found."""

    def event(self, name: str, fields: dict[str, object]) -> None:
        """Record a named event."""

    def failure(self, error: Exception) -> None:
        """Record an error with its type and stack, without its message. Few errors that repeat are recorded."""

    def close(self) -> None:
        """Send what has not been sent yet, within FLUSH_MILLISECONDS."""


class AzureTelemetry(Telemetry):
    """Telemetry to Application Insights.

    Args:
        connection: as returned by `connection_string`.
        waiting: folder for envelopes that could not be sent and will be retried. By default, the SDK uses the machine's
            temporary folder, from which one service would send the envelopes of another.
    """

    def __init__(self, connection: str, waiting: Path) -> None:
        # The exporter's threads do not survive a fork, so telemetry starts in the worker.
        from azure.monitor.opentelemetry import configure_azure_monitor
        from opentelemetry import metrics, propagate, trace

        configure_azure_monitor(
            connection_string=connection,
            storage_directory=str(waiting),
            logger_name=events.name,
            instrumentation_options=INSTRUMENTED,
            enable_live_metrics=False,
            enable_performance_counters=False,
        )
        events.setLevel(logging.INFO)
        events.propagate = False
        self._trace, self._extract = trace, propagate.extract
        self._tracer = trace.get_tracer("textlab_api")
        meter = metrics.get_meter("textlab_api")
        self._request_seconds = meter.create_histogram("textlab.request.duration", "s")
        self._call_seconds = meter.create_histogram("textlab.model_call.duration", "s")
        self._batch_texts = meter.create_histogram("textlab.batch.texts", "{text}")
        self._predictions = meter.create_counter("textlab.predictions", "{prediction}")
        self._explanation_seconds = meter.create_histogram("textlab.explanation.duration", "s")
        self._search_hits = meter.create_histogram("textlab.search.hits", "{document}")
        self._alerts = meter.create_counter("textlab.misclassification_alerts", "{alert}")
        self._records: deque[tuple[Any, ...]] = deque(maxlen=BUFFERED)
        self._classes: Counter[tuple[str, int]] = Counter()  # predicted classes in the records that are being written
        # The SDK's default sampler keeps five spans a second, so most of the others are not even created.
        self._samples = "OTEL_TRACES_SAMPLER" not in os.environ
        self._share = 1.0  # share of requests and calls that become spans
        self._errors = RepeatedErrors()
        self._writer = BackgroundTask("telemetry", WRITE_SECONDS, self._write_records)

    def request(self, method: str, route: str, status: int, seconds: float, headers: Any) -> None:
        carrier = {name: headers[name][:LONGEST_TRACE_HEADER] for name in TRACE_HEADERS if name in headers}
        self._records.append((self._request, time.time_ns(), method, route, status, seconds, carrier))

    def call(self, texts: int, seconds: float) -> None:
        self._records.append((self._call, time.time_ns(), texts, seconds))

    def predictions(self, labels: list[str], version: int) -> None:
        self._records.append((self._count, labels, version))

    def explanation(self, seconds: float, version: int) -> None:
        self._records.append((self._explanation, seconds, version))

    def search(self, hits: int, version: int) -> None:
        self._records.append((self._search, hits, version))

    def _write_records(self) -> None:
        """Empty the buffer into the SDK. If it holds many records, only a share of them become spans."""
        count = len(self._records)
        self._share = min(1.0, SPANS_AT_ONCE / max(count, 1)) if self._samples else 1.0
        for _ in range(count):
            write, *values = self._records.popleft()
            try:
                write(*values)
            except Exception:  # one bad record must not lose the others
                logger.exception("telemetry could not be written")
        for (label, version), count in self._classes.items():
            self._predictions.add(count, {"label": label, "version": version})
        self._classes.clear()

    def _request(self, end: int, method: str, route: str, status: int, seconds: float, carrier: dict[str, str]) -> None:
        self._request_seconds.record(seconds, {"route": route, "status": status})
        share = 1.0 if carrier or status >= 500 else self._share
        if random.random() >= share:
            return
        span = self._tracer.start_span(
            f"{method} {route}",
            context=self._extract(carrier) if carrier else None,
            kind=self._trace.SpanKind.SERVER,
            attributes={"http.request.method": method, "http.route": route, "http.response.status_code": status},
            start_time=end - int(seconds * 1e9),
        )
        if status >= 500:
            span.set_status(self._trace.StatusCode.ERROR)
        _stand_for_more(span, share)
        span.end(end)

    def _call(self, end: int, texts: int, seconds: float) -> None:
        self._call_seconds.record(seconds)
        self._batch_texts.record(texts)
        if random.random() < self._share:
            start = end - int(seconds * 1e9)
            span = self._tracer.start_span("model call", attributes={"texts": texts}, start_time=start)
            _stand_for_more(span, self._share)
            span.end(end)

    def _count(self, labels: list[str], version: int) -> None:
        self._classes.update((label, version) for label in labels)

    def _explanation(self, seconds: float, version: int) -> None:
        self._explanation_seconds.record(seconds, {"version": version})

    def _search(self, hits: int, version: int) -> None:
        self._search_hits.record(hits, {"version": version})

    def event(self, name: str, fields: dict[str, object]) -> None:
        events.info(name, extra={EVENT_NAME: name} | fields)
        if name == "misclassification_alert":
            self._alerts.add(1)

    def failure(self, error: Exception) -> None:
        kind, frames = type(error).__name__, stack(error.__traceback__)
        if self._errors.count(kind, *frames[-1:]) is None:
            return  # spans count every failed request anyway
        fields = {"exception.type": kind, "exception.message": kind, "exception.stacktrace": "\n".join(frames)}
        events.error(kind, extra=fields)

    def close(self) -> None:
        from opentelemetry import metrics, trace
        from opentelemetry._logs import get_logger_provider

        self._writer.close()
        self._writer.attempt(self._write_records)
        providers: list[Any] = [trace.get_tracer_provider(), metrics.get_meter_provider(), get_logger_provider()]
        for provider in providers:
            provider.force_flush(FLUSH_MILLISECONDS)


def start(state: Path) -> Telemetry:
    """Start telemetry if the environment asks for it.

    Args:
        state: the state folder of the service.

    Raises:
        SettingsError: the connection string is invalid.
    """
    given = os.environ.get(VARIABLE, "")
    if not given.strip():
        return Telemetry()
    os.environ[VARIABLE] = connection_string(given)  # the SDK also reads the variable itself
    return AzureTelemetry(os.environ[VARIABLE], state / "telemetry")


def _stand_for_more(span: Any, share: float) -> None:
    """Let a span also represent requests that have no span."""
    if share < 1 and span.is_recording():
        span.set_attribute(SAMPLE_RATE, share * span.attributes.get(SAMPLE_RATE, 100.0))


def connection_string(given: str) -> str:
    """Normalise a connection string, because the SDK refuses blanks, a final semicolon and capitals in the key.

    Raises:
        SettingsError: the key is malformed, or an endpoint is not an https address.
    """
    parts = {}
    for part in given.strip().strip(";").split(";"):
        name, _, value = part.partition("=")
        known = PARTS.get(name.strip().lower())
        if known:
            parts[known] = value.strip()
    key = parts.get("InstrumentationKey", "").lower()
    endpoints = [urlsplit(parts[name]) for name in ("IngestionEndpoint", "LiveEndpoint") if name in parts]
    safe = all(url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK) for url in endpoints)
    if not KEY.fullmatch(key) or not safe:
        raise SettingsError(
            f"{VARIABLE} is not a valid connection string. Copy it from the Azure portal "
            "(InstrumentationKey=...;IngestionEndpoint=https://...), or remove the variable."
        )
    return ";".join(f"{name}={value}" for name, value in (parts | {"InstrumentationKey": key}).items())
