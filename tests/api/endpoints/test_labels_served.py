"""The service of a model for several labels per text: answers, feedback, records, and the page."""

import json

import pytest
from answering import answering
from browser import CHROMIUM, browsing
from exposition import samples, total
from jsonschema import Draft202012Validator
from promoted import promote, write_constant_model

from api.application import create
from api.settings import Settings
from textlab.bundle_format.decisions import DecisionRules, write_decisions
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import signature_of

LABELS = ("delay", "baggage", "staff")
MANY, NONE = {"delay": 0.5, "baggage": 0.3}, dict.fromkeys(LABELS, 0.95)  # thresholds of versions 1 and 2


def promote_labels(saved, folder, thresholds, inputs=("text",)):
    bundle = promote(saved, folder, list(LABELS), signature_of("multilabel", inputs, len(LABELS)))
    write_decisions(bundle, DecisionRules(LABELS, thresholds=thresholds))
    write_manifest(bundle)
    return bundle


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return write_constant_model(tmp_path_factory.mktemp("saved") / "model", [0.9, 0.4, 0.2])


@pytest.fixture(scope="module")
def models(saved, tmp_path_factory):
    """A model that finds two labels as version 1, and none as version 2."""
    folder = tmp_path_factory.mktemp("models") / "topics"
    for number, thresholds in (("1", MANY), ("2", NONE)):
        promote_labels(saved, folder / number, thresholds)
    return folder


@pytest.fixture
def served(models, tmp_path):
    """`served(version, **settings)` is the client of a service; its state lies in tmp_path."""
    opened = []

    def serve(version="1", **settings):
        chosen = Settings(model=models, version=version, state=tmp_path, log_level="error", freeze_gc=False, **settings)
        opened.append(create(chosen, testing=True))
        return opened[-1].test_client()

    yield serve
    for app in opened:
        app.extensions["textlab_api"].close()


def asked(client, *texts):
    return client.post("/predict", json={"texts": texts}).get_json()


def fits(client, name, answer):
    document = client.get("/openapi.json").get_json()
    Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]}).validate(
        answer
    )


def test_text_gets_each_label_that_reaches_its_threshold(served):
    client = served()
    answer = asked(client, "my bag is late")
    (prediction,) = answer["predictions"]
    assert prediction["labels"] == ["delay", "baggage"]
    assert prediction["probabilities"] == {"delay": 0.9, "baggage": 0.4, "staff": 0.2}
    assert not {"label", "decision"} & prediction.keys()
    fits(client, "Answers", answer)
    assert client.get("/models/info").get_json()["thresholds"] == MANY | {"staff": 0.5}
    fits(client, "Info", client.get("/models/info").get_json())


def test_metrics_count_each_label_of_each_text(served):
    client = served()
    asked(client, "one", "two")
    found = samples(client.application.extensions["textlab_api"].metrics.exposition().decode())
    assert total(found, "textlab_predictions_total", label="delay") == 2
    assert total(found, "textlab_predictions_total", label="staff") == 0


def test_text_may_get_no_label_and_none_may_be_right(served):
    client = served("2")
    (prediction,) = asked(client, "hello")["predictions"]
    assert prediction["labels"] == []
    answer = client.post("/feedback", json={"prediction_id": prediction["prediction_id"], "labels": []}).get_json()
    assert (answer["status"], answer["labels"], answer["predicted"]) == ("confirmed", [], [])
    fits(client, "FeedbackTaken", answer)


def test_feedback_takes_all_right_labels_in_any_order(served, tmp_path):
    client = served()
    (prediction,) = asked(client, "my bag is late")["predictions"]
    identifier = prediction["prediction_id"]
    right = {"prediction_id": identifier, "labels": ["baggage", "delay"]}
    answer = client.post("/feedback", json=right).get_json()
    assert (answer["status"], answer["labels"]) == ("confirmed", ["delay", "baggage"])
    assert client.post("/feedback", json=right | {"labels": ["delay", "baggage"]}).get_json()["status"] == "confirmed"
    assert client.post("/feedback", json=right | {"labels": ["staff"]}).status_code == 409
    answer = client.post("/feedback", json={"text": "my bag is late", "labels": ["staff"]}).get_json()
    assert (answer["status"], answer["predicted"]) == ("rejected", ["delay", "baggage"])
    (file,) = tmp_path.rglob("feedback*.jsonl")
    first, second = map(json.loads, file.read_text().splitlines())
    assert (first["text"], first["labels"], first["predicted"]) == ("my bag is late", *[["delay", "baggage"]] * 2)
    assert (second["labels"], second["prediction_id"]) == (["staff"], "")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"labels": "delay"}, '"labels" is a string, not a list. Send a list with all right labels, [] for none.'),
        ({"labels": ["speed"]}, "The model does not have one of these labels. Send some of: delay, baggage, staff."),
        ({"labels": [["delay"]]}, "The model does not have one of these labels."),
        ({"labels": ["delay", "delay"]}, "A label occurs twice. Send each right label once."),
        ({"label": "delay"}, 'Send "labels" together with "prediction_id", "text" or both.'),
    ],
)
def test_other_feedback_is_refused(served, body, detail):
    answer = served().post("/feedback", json={"text": "hi"} | body)
    assert answer.status_code == 422
    assert detail in answer.get_json()["detail"]


def test_prediction_of_a_model_of_classes_is_not_judged_by_labels(served):
    from api.serving.store import Prediction

    client = served()
    service = client.application.extensions["textlab_api"]
    service.work.feedback._store.remember([Prediction("a" * 32, 2e9, "topics", 1, "delay", "hi")])
    answer = client.post("/feedback", json={"prediction_id": "a" * 32, "labels": ["delay"]})
    assert answer.status_code == 404


def test_probabilities_are_recorded_for_monitoring(served, tmp_path):
    client = served(record="all")
    asked(client, "my bag is late")
    client.application.extensions["textlab_api"].close()
    (line,) = [
        json.loads(row) for file in (tmp_path / "traffic").rglob("*.jsonl") for row in file.read_text().splitlines()
    ]
    assert line["probabilities"] == [0.9, 0.4, 0.2]


def test_invalid_probability_is_not_served(saved, tmp_path):
    broken = write_constant_model(tmp_path / "saved", [0.9, 1.4, 0.2])
    promote_labels(broken, tmp_path / "topics" / "1", MANY)
    with pytest.raises(BundleError, match="answers numbers that are not probabilities from 0 to 1 for each text"):
        create(
            Settings(model=tmp_path / "topics", version="1", state=tmp_path / "state", log_level="error"), testing=True
        )


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs {CHROMIUM}")
def test_page_shows_the_labels_and_takes_those_that_are_ticked(served, tmp_path):
    client = served()
    with answering(client.application) as address, browsing(tmp_path / "profile") as page:
        page.open(address + "/")
        page.evaluate("document.getElementById('text').value = 'late'; document.getElementById('ask').click()")
        page.wait("!document.getElementById('answer').hidden")
        shown = page.evaluate("document.getElementById('answer').innerText")
        assert "Labels: delay, baggage" in shown
        assert "✓ delay" in shown
        assert "✓ staff" not in shown
        assert page.evaluate("document.querySelectorAll('#choices input:checked').length") == 2
        page.evaluate("document.querySelector('#choices input[value=baggage]').click()")
        page.evaluate("document.getElementById('judge').click()")
        page.wait("document.getElementById('thanks').textContent")
        assert page.complaints == []
    (file,) = tmp_path.rglob("feedback*.jsonl")
    assert json.loads(file.read_text())["labels"] == ["delay"]
