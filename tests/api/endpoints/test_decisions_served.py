"""Decisions in answers: a class or "abstain", and prediction sets; nothing changes without decisions.json."""

import json

import pytest
from answering import answering
from browser import CHROMIUM, browsing
from exposition import samples, total
from jsonschema import Draft202012Validator
from promoted import LABELS, promote, write_constant_model

from api.application import create
from api.settings import Settings
from textlab.bundle_format.decisions import DECISIONS, DecisionRules, write_decisions
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import write_manifest


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A model that abstains as version 1, one that decides by cost as version 2, and one without rules as version 3."""
    folder = tmp_path_factory.mktemp("models")
    saved = write_constant_model(folder / "saved", [0.3, 0.7])
    rules = {
        1: DecisionRules(tuple(LABELS), abstain_below=0.8, coverage={"negative": 0.1, "positive": 0.5}),
        2: DecisionRules(tuple(LABELS), costs=((0.0, 5.0), (1.0, 0.0))),
        3: None,
    }
    for number, stated in rules.items():
        bundle = promote(saved, folder / "sentiment" / str(number))
        if stated:
            write_decisions(bundle, stated)
            write_manifest(bundle)
    return folder / "sentiment"


@pytest.fixture
def served(models, tmp_path):
    """`served(version)` is the service of a version."""
    opened = []

    def serve(version):
        settings = Settings(model=models, version=version, state=tmp_path, log_level="error", freeze_gc=False)
        opened.append(create(settings, testing=True))
        return opened[-1]

    yield serve
    for app in opened:
        app.extensions["textlab_api"].close()


def answers(app, *texts):
    return app.test_client().post("/predict", json={"texts": texts}).get_json()


def test_answer_abstains_beside_the_probabilities_and_fits_the_document(served):
    app = served("1")
    answer = answers(app, "hi", "ho")
    for prediction in answer["predictions"]:
        assert prediction["label"] == "positive"
        assert prediction["probabilities"]["positive"] == pytest.approx(0.7)
        assert prediction["decision"] == "abstain"
        assert prediction["prediction_set"] == ["negative", "positive"]
    document = app.test_client().get("/openapi.json").get_json()
    schema = {"$ref": "#/components/schemas/Answers", "components": document["components"]}
    Draft202012Validator(schema).validate(answer)
    found = samples(app.extensions["textlab_api"].metrics.exposition().decode())
    assert total(found, "textlab_abstentions_total", version="1") == 2


def test_decision_by_cost_may_differ_from_the_label(served):
    (prediction,) = answers(served("2"), "hi")["predictions"]
    assert (prediction["label"], prediction["decision"]) == ("positive", "negative")
    assert "prediction_set" not in prediction


def test_answer_of_a_model_without_rules_has_no_decision(served):
    (prediction,) = answers(served("3"), "hi")["predictions"]
    assert list(prediction) == ["prediction_id", "label", "probabilities"]


def test_damaged_rules_are_not_served(models, tmp_path):
    bundle = promote(models / "3", tmp_path / "sentiment" / "1")
    (bundle / DECISIONS).write_text(json.dumps({"format": 1, "thresholds": {"unknown": 0.5}}))
    write_manifest(bundle)
    with pytest.raises(BundleError, match="unknown class unknown"):
        create(Settings(model=bundle.parent, version="1", state=tmp_path / "state", log_level="error"), testing=True)


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs {CHROMIUM}")
def test_page_says_that_the_model_does_not_know(served, tmp_path):
    with answering(served("1")) as address, browsing(tmp_path / "profile") as page:
        page.open(address + "/")
        page.evaluate("document.getElementById('text').value = 'hi'; document.getElementById('ask').click()")
        page.wait("!document.getElementById('answer').hidden")
        shown = page.evaluate("document.getElementById('answer').innerText")
        assert "Decision: don’t know" in shown
        assert "A person should decide." in shown
        assert "Plausible: negative, positive" in shown
        assert "It is positive" in page.evaluate("document.getElementById('choices').innerText")
