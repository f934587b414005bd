"""What reaches Application Insights: an ingestion server on loopback counts it."""

import gzip
import http.server
import json
import re
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from promoted import promote, write_constant_model
from served import free_port, serving

from api.settings import SettingsError
from api.telemetry import Telemetry, connection_string, start

KEY = "12345678-abcd-4234-8234-123456789abc"
QUICK = {
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
    "OTEL_TRACES_SAMPLER": "always_on",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_BLRP_SCHEDULE_DELAY": "200",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
}


@contextmanager
def ingestion(status=200, seconds=0.0):
    """An ingestion server; yields its address and the envelopes that have come."""
    envelopes, ended = [], threading.Event()

    class Ingestion(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            ended.wait(seconds)
            items = json.loads(body)
            if status == 200:
                envelopes.extend(items)
            answer = json.dumps({"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ingestion)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", envelopes
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def telling(address):
    return QUICK | {"APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={KEY};IngestionEndpoint={address};"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("telemetry")
    promote(write_constant_model(folder / "one", [0.2, 0.8]), folder / "sentiment" / "1")
    return folder / "sentiment"


def events(envelopes, name):
    found = [envelope["data"]["baseData"] for envelope in envelopes if envelope["data"]["baseType"] == "EventData"]
    return [event["properties"] for event in found if event["name"] == name]


def test_envelopes_are_counted_and_hold_no_text(model, tmp_path):
    with ingestion() as (address, envelopes), serving(model, tmp_path, telling(address), log_level="warning") as server:
        for _ in range(5):
            server.call("POST", "/predict", {"text": "secret tweet"})
        server.call("POST", "/feedback", {"text": "secret tweet", "label": "positive"})
        for _ in range(3):
            server.call("POST", "/feedback", {"text": "secret tweet", "label": "negative"})
        server.call("POST", "/predict", {"text": ""})
        until = time.monotonic() + 30
        while time.monotonic() < until:
            kinds = Counter(envelope["data"]["baseType"] for envelope in envelopes)
            if events(envelopes, "misclassification_alert") and kinds["RequestData"] >= 10 and kinds["MetricData"]:
                break
            time.sleep(0.1)
    requests = [envelope["data"]["baseData"] for envelope in envelopes if envelope["data"]["baseType"] == "RequestData"]
    predicted = [request for request in requests if request["name"] == "POST /predict"]
    assert Counter(request["responseCode"] for request in predicted) == {"200": 5, "422": 1}
    (confirmed,) = events(envelopes, "prediction_confirmed")
    assert (confirmed["model"], confirmed["version"], confirmed["text_length"]) == ("sentiment", "1", "12")
    assert re.fullmatch("[0-9a-f]{16}", confirmed["text_hash"])
    assert len(events(envelopes, "prediction_rejected")) == 3
    assert len(events(envelopes, "misclassification_alert")) == 1
    metrics = {
        metric["name"]
        for envelope in envelopes
        if envelope["data"]["baseType"] == "MetricData"
        for metric in envelope["data"]["baseData"]["metrics"]
    }
    assert {"textlab.request.duration", "textlab.batch.texts", "textlab.predictions"} <= metrics
    assert "textlab.misclassification_alerts" in metrics
    assert "secret" not in json.dumps(envelopes)


@pytest.mark.parametrize("trouble", ["dead", "slow", "refusing"])
def test_no_request_waits_for_an_endpoint_in_trouble(model, tmp_path, trouble):
    with ingestion(503 if trouble == "refusing" else 200, 20 if trouble == "slow" else 0) as (address, _):
        if trouble == "dead":
            address = f"http://127.0.0.1:{free_port()}/"
        with serving(model, tmp_path, telling(address), log_level="warning") as server:
            slowest, until = 0.0, time.monotonic() + 3
            while time.monotonic() < until:
                started = time.monotonic()
                assert server.call("POST", "/predict", {"text": "x"})[0] == 200
                assert server.call("POST", "/feedback", {"text": "x", "label": "negative"})[0] == 200
                slowest = max(slowest, time.monotonic() - started)
    assert slowest < 2


def test_nothing_is_sent_without_a_connection_string(monkeypatch):
    monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", " ")
    assert type(start()) is Telemetry


@pytest.mark.parametrize(
    "given",
    [
        f"InstrumentationKey={KEY};IngestionEndpoint=https://x.example/",
        f" InstrumentationKey={KEY.upper()} ; IngestionEndpoint=https://x.example/ ;;\n",
        f"instrumentationkey={KEY};INGESTIONENDPOINT=https://x.example/;Unknown=1",
    ],
)
def test_connection_string_is_taken_as_people_copy_it(given):
    assert connection_string(given) == f"InstrumentationKey={KEY};IngestionEndpoint=https://x.example/"


@pytest.mark.parametrize(
    "given",
    ["nonsense", "InstrumentationKey=secret-key", f"InstrumentationKey={KEY};IngestionEndpoint=http://x.example/"],
)
def test_connection_string_that_cannot_be_is_refused_and_not_repeated(given):
    with pytest.raises(SettingsError, match="APPLICATIONINSIGHTS_CONNECTION_STRING cannot be used") as caught:
        connection_string(given)
    assert given not in str(caught.value)
