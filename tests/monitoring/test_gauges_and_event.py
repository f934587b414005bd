"""A look reaches Prometheus as a file of gauges, and Application Insights as one event. Neither holds a text."""

import json

import pytest
from ingestion import KEY, Ingestion, telling
from monitoring.example_look import example_look
from prometheus_client.parser import text_string_to_metric_families

from textlab.monitoring.gauges import write_gauges
from textlab.monitoring.look import Verdict
from textlab.monitoring.telemetry import VARIABLE, event_fields, send_event


@pytest.fixture(scope="module")
def look():
    return example_look()


def samples(path):
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


def test_gauges_say_whether_there_is_drift_how_sure_that_is_and_how_good_the_model_is(look, tmp_path):
    write_gauges(look, tmp_path / "gauges.prom")
    found, model = samples(tmp_path / "gauges.prom"), [("model", "sentiment"), ("version", "3")]
    assert found["textlab_monitoring_drift", *model] == 1
    assert found["textlab_monitoring_predictions", *model] == 2_000
    assert found["textlab_monitoring_look_timestamp_seconds", *model] == look.made
    low, value, high = (
        found["textlab_monitoring_estimated_accuracy", ("bound", bound), *model] for bound in ("low", "value", "high")
    )
    assert low < value < high
    test = [("kind", "time"), ("model", "sentiment"), ("test", "change over time"), ("version", "3")]
    assert found["textlab_monitoring_p_value", *test] == 0.0025
    assert [path.name for path in tmp_path.iterdir()] == ["gauges.prom"]


def test_a_look_at_too_few_predictions_has_no_figures_it_does_not_know(tmp_path):
    look = example_look(verdict=Verdict.TOO_FEW, estimate=None, findings=(), real_scores=(), predictions=3)
    write_gauges(look, tmp_path / "gauges.prom")
    names = {key[0] for key in samples(tmp_path / "gauges.prom")}
    assert "textlab_monitoring_drift" in names
    assert not {name for name in names if "accuracy" in name or "p_value" in name}


def test_without_the_variable_no_event_is_sent(look, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not send_event(look)


def test_one_event_with_numbers_arrives(look, monkeypatch):
    server = Ingestion()
    for name, value in telling(server.address).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(VARIABLE, telling(server.address)[VARIABLE].replace(KEY, KEY.upper()))
    try:
        assert send_event(look)
    finally:
        server.close()
    (envelope,) = server.envelopes
    event = envelope["data"]["baseData"]
    assert event["name"] == "monitoring_look"
    assert event["properties"]["alarms"] == "class shares, change over time"
    assert float(event["properties"]["estimated_accuracy"]) == look.estimate.accuracy.value
    assert look.findings[0].sentence not in json.dumps(envelope)


def test_a_malformed_connection_string_is_named_without_its_content(look, monkeypatch):
    monkeypatch.setenv(VARIABLE, "InstrumentationKey=my-secret")
    with pytest.raises(ValueError, match="is not a valid connection string") as refused:
        send_event(look)
    assert "my-secret" not in str(refused.value)


def test_an_event_holds_names_and_numbers_only(look):
    fields = event_fields(look)
    assert all(isinstance(value, int | float) or len(value) < 100 for value in fields.values())
    assert fields["verdict"] == "drift"
