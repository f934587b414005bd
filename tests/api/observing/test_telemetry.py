"""Telemetry that reaches Application Insights, as an ingestion server on loopback counts it."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter

import pytest
from ingestion import KEY, Ingestion, telling
from problem import problem_of
from promoted import promote, write_constant_model
from served import ROOT, serving

from api import problems
from api.observing.repeated_errors import MOST_REPORTED
from api.observing.telemetry import Telemetry, connection_string, start
from api.settings import SettingsError


@pytest.fixture(scope="module")
def ingestion():
    made = Ingestion()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, ingestion):
    folder = tmp_path_factory.mktemp("telemetry")
    promote(write_constant_model(folder / "one", [0.2, 0.8]), folder / "sentiment" / "1")
    unlimited = {"log_level": "warning", "feedback_limit": 0}
    with serving(folder / "sentiment", folder / "service", telling(ingestion.address), **unlimited) as running:
        yield running


def of_kind(envelopes, kind):
    return [envelope for envelope in envelopes if envelope["data"]["baseType"] == kind]


def events(envelopes, name):
    found = [envelope["data"]["baseData"] for envelope in of_kind(envelopes, "EventData")]
    return [event["properties"] for event in found if event["name"] == name]


ALL = {"textlab.request.duration", "textlab.batch.texts", "textlab.predictions", "textlab.misclassification_alerts"}


def names(envelopes):
    """The names of the metrics."""
    found = [envelope["data"]["baseData"] for envelope in of_kind(envelopes, "MetricData")]
    return {metric["name"] for data in found for metric in data["metrics"]}


def test_envelopes_are_counted_and_hold_no_text(server, ingestion):
    for _ in range(5):
        server.call("POST", "/predict", {"text": "secret tweet"})
    server.call("POST", "/feedback", {"text": "secret tweet", "label": "positive"})
    for number in range(3):
        server.call("POST", "/feedback", {"text": f"secret tweet {number}", "label": "negative"})
    server.call("POST", "/predict", {"text": ""})
    until = time.monotonic() + 120
    while time.monotonic() < until:
        envelopes = list(ingestion.envelopes)
        kinds = Counter(envelope["data"]["baseType"] for envelope in envelopes)
        if events(envelopes, "misclassification_alert") and kinds["RequestData"] >= 10 and names(envelopes) >= ALL:
            break
        time.sleep(0.1)
    requests = [envelope["data"]["baseData"] for envelope in of_kind(envelopes, "RequestData")]
    predicted = [request for request in requests if request["name"] == "POST /predict"]
    assert Counter(request["responseCode"] for request in predicted) == {"200": 5, "422": 1}
    (confirmed,) = events(envelopes, "prediction_confirmed")
    assert (confirmed["model"], confirmed["version"], confirmed["text_length"]) == ("sentiment", "1", "12")
    assert re.fullmatch("[0-9a-f]{16}", confirmed["text_hash"])
    assert len(events(envelopes, "prediction_rejected")) == 3
    assert len(events(envelopes, "misclassification_alert")) == 1
    assert names(envelopes) >= ALL
    calls = [envelope["data"]["baseData"] for envelope in of_kind(envelopes, "RemoteDependencyData")]
    assert {call["name"] for call in calls} == {"model call"}
    assert "secret" not in json.dumps(envelopes)


@pytest.mark.parametrize("trouble", ["slow", "refusing", "dead"])
def test_no_request_waits_for_a_failing_ingestion_endpoint(server, ingestion, trouble):
    with ingestion.troubled(trouble):
        slowest, until = 0.0, time.monotonic() + 2
        while time.monotonic() < until or not (ingestion.asked[trouble] or trouble == "dead"):
            started = time.monotonic()
            assert server.call("POST", "/predict", {"text": "x"})[0] == 200
            assert server.call("POST", "/feedback", {"text": "x", "label": "negative"})[0] == 200
            slowest = max(slowest, time.monotonic() - started)
    assert slowest < 30  # the slow endpoint answers after a minute


def test_unsent_envelopes_are_kept_in_the_private_state_folder(server, ingestion):
    waiting = server.log.parent / "state" / "telemetry"
    with ingestion.troubled("refusing"):
        until = time.monotonic() + 120
        while not (found := list(waiting.glob("*.lock"))) and time.monotonic() < until:
            server.call("POST", "/predict", {"text": "secret tweet"})
        assert found
        assert not any(b"secret" in path.read_bytes() for path in found)
    assert waiting.stat().st_mode & 0o077 == 0


def output_of_a_process(code, ingestion):
    """The output of code in its own process, with the SDK's default sampler. The SDK can be set up once per process."""
    quick = {name: value for name, value in telling(ingestion.address).items() if name != "OTEL_TRACES_SAMPLER"}
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=os.environ | quick)


def test_few_errors_that_repeat_are_sent_each_with_its_stack_and_without_its_message(tmp_path, ingestion):
    code = f"""
from pathlib import Path
from api.observing.telemetry import start
telemetry = start(Path({str(tmp_path)!r}))
def fail():
    raise ValueError("secret text")
try:
    fail()
except ValueError as error:
    for _ in range(20):
        telemetry.failure(error)
telemetry.close()
"""
    output_of_a_process(code, ingestion)
    found = of_kind(list(ingestion.envelopes), "ExceptionData")
    assert len(found) == MOST_REPORTED
    (exception,) = found[0]["data"]["baseData"]["exceptions"]
    assert (exception["typeName"], exception["message"]) == ("ValueError", "ValueError")
    assert exception["stack"].endswith(" fail")
    assert "secret" not in json.dumps(found)


def test_an_unexpected_error_of_a_request_reaches_the_telemetry(app, monkeypatch):
    failures = []
    monkeypatch.setattr(app.extensions["textlab_api"].telemetry, "failure", failures.append)
    problems.register(app, app.extensions["textlab_api"].telemetry.failure)
    monkeypatch.setattr(type(app.extensions["textlab_api"]), "versions", property(lambda _: 1 / 0))
    problem_of(app.test_client().get("/models/info"), 500)
    assert [type(error) for error in failures] == [ZeroDivisionError]


def test_many_requests_are_sampled_and_the_sample_rate_is_stated(tmp_path, ingestion):
    code = f"""
import time
from pathlib import Path
from api.observing.telemetry import BUFFERED, WRITE_SECONDS, start
telemetry = start(Path({str(tmp_path)!r}))
for _ in range(4):
    for _ in range(BUFFERED // 4):
        telemetry.request("POST", "/many", 200, 0.001, {{}})
    time.sleep(2 * WRITE_SECONDS)
telemetry.close()
"""
    output_of_a_process(code, ingestion)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        sent = of_kind(list(ingestion.envelopes), "RequestData")
        many = [each for each in sent if each["data"]["baseData"]["name"] == "POST /many"]
        if many:
            break
        time.sleep(0.1)
    assert 1 <= len(many) <= 200
    stands_for = sum(100 / each.get("sampleRate", 100) for each in many)
    assert 5_000 < stands_for < 80_000  # about 20,000; so few spans give a rough estimate


def test_failures_and_traced_requests_are_never_sampled_out(tmp_path, ingestion):
    code = f"""
import json
from pathlib import Path
from collections import Counter
from opentelemetry.trace import INVALID_SPAN
from api.observing.telemetry import start
telemetry, made = start(Path({str(tmp_path)!r})), Counter()
class Tracer:
    def start_span(self, name, **_):
        made[name] += 1
        return INVALID_SPAN
telemetry._tracer = Tracer()
traced = {{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
for _ in range(5_000):
    telemetry.request("POST", "/many", 200, 0.001, {{}})
for _ in range(20):
    telemetry.request("POST", "/fails", 500, 0.001, {{}})
    telemetry.request("POST", "/traced", 200, 0.001, traced)
telemetry.close()
print(json.dumps(made))
"""
    made = json.loads(output_of_a_process(code, ingestion))
    assert made["POST /fails"] == made["POST /traced"] == 20
    assert 1 <= made["POST /many"] < 1_000


def test_nothing_is_sent_without_a_connection_string(monkeypatch, tmp_path):
    monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", " ")
    assert type(start(tmp_path)) is Telemetry


@pytest.mark.parametrize(
    "given",
    [
        f"InstrumentationKey={KEY};IngestionEndpoint=https://x.example/",
        f" InstrumentationKey={KEY.upper()} ; IngestionEndpoint=https://x.example/ ;;\n",
        f"instrumentationkey={KEY};INGESTIONENDPOINT=https://x.example/;Unknown=1",
    ],
)
def test_connection_string_is_cleaned_up(given):
    assert connection_string(given) == f"InstrumentationKey={KEY};IngestionEndpoint=https://x.example/"


@pytest.mark.parametrize(
    "given",
    ["nonsense", "InstrumentationKey=secret-key", f"InstrumentationKey={KEY};IngestionEndpoint=http://x.example/"],
)
def test_invalid_connection_string_is_refused_and_not_quoted(given):
    with pytest.raises(
        SettingsError, match="APPLICATIONINSIGHTS_CONNECTION_STRING is not a valid connection string"
    ) as caught:
        connection_string(given)
    assert given not in str(caught.value)
