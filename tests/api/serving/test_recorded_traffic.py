"""The service records predictions, and the laboratory reads them."""

import json
import time

import numpy as np
import pytest
from exposition import samples, total
from promoted import LABELS

from api.application import create
from api.file_locks import locked
from api.serving.segments import LOCK
from textlab.monitoring.traffic import read_traffic
from textlab.sealing import read_lines


@pytest.fixture
def started(settings):
    """A function that starts the service with other settings."""
    made = []

    def start(**changes):
        made.append(create(settings.model_copy(update=changes), testing=True))
        return made[-1]

    yield start
    for app in made:
        app.extensions["textlab_api"].close()


def stop(app):
    app.extensions["textlab_api"].close()


def recorded(settings):
    """All recorded lines, parsed."""
    segments = sorted((settings.state / "traffic").glob("*.jsonl"))
    return [json.loads(line) for path in segments for line in read_lines(path, "traffic", None)]


def read(settings, **changes):
    given = {"version": 2, "since": time.time() - 3_600, "until": time.time() + 60, "label_names": LABELS}
    return read_traffic(settings.state / "traffic", "sentiment", **(given | changes))


def test_nothing_is_recorded_by_default(client, app, settings):
    client.post("/predict", json={"text": "lovely crew"})
    stop(app)
    assert not (settings.state / "traffic").exists()


def test_a_line_holds_what_monitoring_needs_and_no_text(started, settings):
    app = started(record="all")
    answer = app.test_client().post("/predict", json={"text": "ж👩‍👧 crew"}).get_json()
    stop(app)
    (line,) = recorded(settings)
    assert line["id"] == answer["predictions"][0]["prediction_id"]
    assert (line["model"], line["version"]) == ("sentiment", 2)
    assert line["probabilities"] == [0.2, 0.8]
    assert line["characters"] == {"text": len("ж👩‍👧 crew")}
    assert abs(line["time"] - time.time()) < 60
    assert line.keys() == {
        "id",
        "time",
        "model",
        "version",
        "labels_digest",
        "probabilities",
        "characters",
        "caller",
    }


def test_texts_are_recorded_where_the_operator_allows_it(started, settings):
    app = started(record="all", record_texts=True)
    texts = ['quoted "text" \\ with\nlines\u2028and 👩‍👧', "{}", "  spaces  "]
    app.test_client().post("/predict", json={"texts": texts})
    stop(app)
    assert [line["inputs"] for line in recorded(settings)] == [{"text": text} for text in texts]
    assert sorted(read(settings).texts) == sorted(texts)


def test_callers_are_hashed_as_in_the_store(started, settings):
    app = started(record="all")
    app.test_client().post("/predict", json={"text": "x"}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    app.test_client().post("/predict", json={"text": "x"}, environ_base={"REMOTE_ADDR": "192.0.2.8"})
    stop(app)
    callers = {line["caller"] for line in recorded(settings)}
    assert len(callers) == 2
    assert all(len(caller) == 16 and int(caller, 16) for caller in callers)
    assert b"192.0.2" not in b"".join(path.read_bytes() for path in (settings.state / "traffic").iterdir())


def test_the_laboratory_reads_what_the_service_has_recorded(started, settings):
    app = started(record="all")
    client = app.test_client()
    ids = [
        prediction["prediction_id"]
        for number in range(20)
        for prediction in client.post("/predict", json={"texts": [f"text {number}", "x"]}).get_json()["predictions"]
    ]
    stop(app)
    found = read(settings)
    assert sorted(found.ids) == sorted(ids)
    assert found.probabilities == pytest.approx(np.array([[0.2, 0.8]] * 40))
    assert found.skipped == {}
    assert read(settings, label_names=LABELS[::-1]).skipped == {"other labels": 40}


def test_a_share_of_the_predictions_is_recorded(started, settings):
    app = started(record="share", record_share=0.5)
    for _ in range(4):
        app.test_client().post("/predict", json={"texts": ["x"] * 250})
    stop(app)
    assert 350 < len(recorded(settings)) < 650


def test_answers_do_not_wait_for_a_disk_that_hangs(started, settings, monkeypatch):
    monkeypatch.setattr("api.serving.segments.WAIT_SECONDS", 3_600)
    (settings.state / "traffic").mkdir(parents=True)
    app = started(record="all")
    with locked(settings.state / "traffic" / LOCK):  # the writing thread waits until the end of the block
        answers = [app.test_client().post("/predict", json={"text": "x"}).status_code for _ in range(50)]
        assert recorded(settings) == []
    stop(app)
    assert answers == [200] * 50
    assert len(recorded(settings)) == 50


def test_recording_that_fails_is_a_reason_in_health_and_predictions_go_on(started, settings):
    app = started(record="all")
    client = app.test_client()
    (settings.state / "traffic").write_text("in the way")
    reason = "Predictions cannot be recorded for monitoring."
    until = time.monotonic() + 60
    while reason not in client.get("/health").get_json()["reasons"]:
        assert client.post("/predict", json={"text": "x"}).status_code == 200
        assert time.monotonic() < until
        time.sleep(0.02)
    assert client.get("/health/ready").status_code == 200
    exposition = app.extensions["textlab_api"].metrics.exposition().decode()
    assert total(samples(exposition), "textlab_recording_dropped_total", kind="traffic", reason="error") >= 1
