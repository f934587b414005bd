import json
import resource
import signal

import pytest
from problem import problem_of

from api.application import create
from api.observing.logs import logger
from textlab import data

EVENTS = ("prediction_confirmed", "prediction_rejected", "misclassification_alert")


def prediction_id(client, text="secret tweet"):
    return client.post("/predict", json={"text": text}).get_json()["predictions"][0]["prediction_id"]


def test_feedback_by_id_confirms_or_rejects_and_is_an_event_without_the_text(client, logged):
    for label, status in {"positive": "confirmed", "negative": "rejected"}.items():
        answer = client.post("/feedback", json={"prediction_id": prediction_id(client), "label": label})
        assert answer.get_json() == {
            "status": status,
            "label": label,
            "predicted": "positive",
            "model": {"name": "sentiment", "version": 2},
            "request_id": answer.headers["X-Request-ID"],
        }
    confirmed, rejected = [line for line in logged if line["message"] in EVENTS]
    assert (confirmed["message"], rejected["message"]) == ("prediction_confirmed", "prediction_rejected")
    assert (rejected["model"], rejected["version"], rejected["text_length"]) == ("sentiment", 2, 12)
    assert confirmed["text_hash"] == rejected["text_hash"]
    assert "secret" not in json.dumps(logged)


def test_feedback_by_text_is_compared_with_the_current_prediction(client):
    assert client.post("/feedback", json={"text": "x", "label": "negative"}).get_json()["status"] == "rejected"
    assert client.post("/feedback", json={"text": "x", "label": "positive"}).get_json()["status"] == "confirmed"


def test_text_beside_an_id_must_be_the_text_of_the_prediction(client, settings):
    document = {"prediction_id": prediction_id(client, "one tweet"), "label": "negative"}
    problem = problem_of(client.post("/feedback", json=document | {"text": "another tweet"}), 422)
    assert "made for another text" in problem["came"]
    assert not (settings.state / "feedback.jsonl").exists()
    assert client.post("/feedback", json=document | {"text": "one tweet"}).get_json()["status"] == "rejected"
    line = json.loads((settings.state / "feedback.jsonl").read_text())
    assert (line["text"], line["prediction_id"]) == ("one tweet", document["prediction_id"])
    problem_of(client.post("/feedback", json=document | {"text": "one tweet"}), 409)


def test_feedback_file_is_a_dataset_for_textlab(client, settings):
    for number in range(40):
        label = ("negative", "positive")[number % 2]
        identifier = prediction_id(client, f'tweet "{number}" of ж\u2028👩‍👧')
        client.post("/feedback", json={"prediction_id": identifier, "label": label})
    dataset = data.load(f"file:{settings.state / 'feedback.jsonl'}")
    texts = [text for split in (dataset.train, dataset.validation, dataset.test) for text in split["text"]]
    assert sorted(texts) == sorted(f'tweet "{number}" of ж\u2028👩‍👧' for number in range(40))
    assert dataset.label_names == ("negative", "positive")


def test_second_feedback_on_a_prediction_is_refused(client):
    document = {"prediction_id": prediction_id(client), "label": "negative"}
    assert client.post("/feedback", json=document).status_code == 200
    problem_of(client.post("/feedback", json=document), 409)


def test_a_line_that_the_disk_cannot_hold_leaves_no_trace(client, settings):
    document = {"text": "x", "label": "positive"}
    client.post("/feedback", json=document)
    path = settings.state / "feedback.jsonl"
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
    try:
        problem_of(client.post("/feedback", json=document), 503)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    assert client.post("/feedback", json=document).status_code == 200


def test_feedback_that_could_not_be_written_can_be_repeated(client, settings):
    document = {"prediction_id": prediction_id(client), "label": "positive"}
    (settings.state / "feedback.jsonl").mkdir()
    problem_of(client.post("/feedback", json=document), 503)
    (settings.state / "feedback.jsonl").rmdir()
    assert client.post("/feedback", json=document).status_code == 200


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"prediction_id": "unknown", "label": "positive"}, 404),
        ({"prediction_id": 7, "label": "positive"}, 404),
        ({"prediction_id": "\ud800", "label": "positive"}, 404),
        ({"prediction_id": "x", "text": "x", "label": "positive"}, 404),
        ({"prediction_id": "x", "text": "", "label": "positive"}, 422),
        ({"prediction_id": "x", "text": "x", "label": "positive", "more": 1}, 422),
        ({"prediction_id": "x", "text": "x"}, 422),
        ({"label": "positive"}, 422),
        ({"prediction_id": "x"}, 422),
        ({"text": "x", "label": "wonderful"}, 422),
        ({"text": "x", "label": ["positive"]}, 422),
        ({"text": "", "label": "positive"}, 422),
        ({}, 422),
    ],
)
def test_invalid_feedback_is_refused(shared_client, document, status):
    problem_of(shared_client.post("/feedback", json=document), status)


def test_every_third_rejection_within_the_window_raises_an_alert(client, logged):
    for _ in range(5):
        client.post("/feedback", json={"text": "x", "label": "negative"})
    assert [line["message"] for line in logged].count("misclassification_alert") == 1
    client.post("/feedback", json={"text": "x", "label": "negative"})
    assert [line["level"] for line in logged if line["message"] == "misclassification_alert"] == ["warning", "warning"]


def test_alert_window_survives_a_restart(client, settings, logged):
    for _ in range(2):
        client.post("/feedback", json={"text": "x", "label": "negative"})
    client.application.extensions["textlab_api"].close()
    restarted = create(settings, testing=True)
    logger.setLevel("INFO")
    restarted.test_client().post("/feedback", json={"text": "x", "label": "negative"})
    restarted.extensions["textlab_api"].close()
    assert [line["message"] for line in logged].count("misclassification_alert") == 1


def test_nothing_is_remembered_with_remember_minutes_zero(settings):
    app = create(settings.model_copy(update={"remember_minutes": 0}), testing=True)
    client = app.test_client()
    answer = client.post("/feedback", json={"prediction_id": prediction_id(client), "label": "positive"})
    assert answer.status_code == 404
    app.extensions["textlab_api"].close()
    assert b"secret" not in b"".join(path.read_bytes() for path in settings.state.glob("predictions*"))


def test_files_with_texts_are_readable_only_by_the_service_s_user(client, settings):
    client.post("/feedback", json={"prediction_id": prediction_id(client), "label": "negative"})
    kept = [*settings.state.glob("*.sqlite"), *settings.state.glob("*.jsonl"), *settings.state.glob("*.key")]
    assert len(kept) == 3
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
