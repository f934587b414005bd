"""POST /explain: words and their contributions from a real logistic regression, and models that cannot explain."""

import hashlib
import json
import shutil

import pytest
from exposition import samples, total
from problem import problem_of

from api.application import create
from api.model.bundle import check_bundle
from api.model.engine import load
from api.settings import Settings
from textlab.bundle_format.signature import LOG_ODDS

TEXT = "the crew  was\tlovely and LATE 😀!"


@pytest.fixture(scope="module")
def settings(tmp_path_factory, exported):
    folder = tmp_path_factory.mktemp("explaining")
    shutil.copytree(exported, folder / "models" / "sentiment" / "1")
    return Settings(model=folder / "models" / "sentiment", state=folder / "state", log_level="info", load_trial=False)


@pytest.fixture(scope="module")
def app(settings):
    made = create(settings, testing=True)
    yield made
    made.extensions["textlab_api"].close()


@pytest.fixture(scope="module")
def client(app):
    return app.test_client()


def explain(client, **document):
    answer = client.post("/explain", json=document)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_words_of_the_original_text_add_up_to_the_score(client):
    answer = explain(client, text=TEXT)
    assert [TEXT[word["start"] : word["end"]] for word in answer["words"]] == TEXT.split()
    assert [word["word"] for word in answer["words"]] == TEXT.split()
    total = answer["base"] + sum(word["contribution"] for word in answer["words"])
    assert total + answer["remainder"] == pytest.approx(answer["score"], abs=1e-5)
    assert abs(answer["remainder"]) < 1e-5
    assert answer["unit"] == LOG_ODDS
    assert answer["model"] == {"name": "sentiment", "version": 1}


def test_label_that_is_named_is_explained_and_else_the_predicted_one(client):
    predicted = client.post("/predict", json={"text": TEXT}).json["predictions"][0]
    answer = explain(client, text=TEXT)
    assert answer["label"] == predicted["label"]
    assert answer["probability"] == pytest.approx(predicted["probabilities"][answer["label"]], abs=1e-6)
    other = next(label for label in predicted["probabilities"] if label != answer["label"])
    opposite = explain(client, text=TEXT, label=other)
    assert opposite["label"] == other
    assert opposite["score"] == pytest.approx(-answer["score"], abs=1e-5)  # two classes: the log-odds


def test_lovely_speaks_for_positive(client):
    words = explain(client, text="the crew was lovely", label="positive")["words"]
    assert max(words, key=lambda word: word["contribution"])["word"] == "lovely"


@pytest.mark.parametrize(
    ("document", "came"),
    [
        ({"texts": [TEXT]}, "The JSON object has the fields texts."),
        ({"text": TEXT, "label": 1}, '"label" is a number, not a string.'),
        ({"text": TEXT, "label": "furious"}, '"label" is not a class of the model.'),
        ({"text": " "}, '"text" is empty or blank.'),
        ({"text": TEXT, "target": 1}, "The JSON object has the fields target, text."),
    ],
    ids=["several texts", "number", "unknown class", "blank", "other field"],
)
def test_other_requests_are_refused_with_a_reason(client, document, came):
    assert problem_of(client.post("/explain", json=document), 422)["came"] == came


def test_model_without_the_signature_says_so(shared_client):
    problem = problem_of(shared_client.post("/explain", json={"text": TEXT}), 409)
    assert problem["came"].startswith("The served model cannot explain predictions")


def test_both_engines_explain_alike(settings):
    checked = check_bundle(settings.model / "1")
    answers = [load(engine, checked.folder, checked.signature, 1) for engine in ("session", "saved_model")]
    one, other = (engine.explain(TEXT.encode(), 1) for engine in answers)
    assert one.keys() == other.keys()
    assert all((one[name] == other[name]).all() for name in one)


def test_explanations_are_counted_without_their_text(app, client, logged):
    before = total(samples(exposition(app)), "textlab_explanation_seconds_count", version="1")
    explain(client, text="a secret text", label="positive")
    assert total(samples(exposition(app)), "textlab_explanation_seconds_count", version="1") == before + 1
    (line,) = [line for line in logged if line.get("route") == "/explain"]
    assert line["explained"] == 1
    assert "secret" not in str(logged)


def exposition(app):
    return app.extensions["textlab_api"].metrics.exposition().decode()


def test_explanations_need_a_role_and_have_a_limit_of_their_own(settings, tmp_path):
    keys = tmp_path / "keys.json"
    digest = hashlib.sha256(b"key of a reader").hexdigest()
    keys.write_text(json.dumps({"reader": {"sha256": digest, "roles": ["explain"]}}))
    entry = {"X-API-Key": "key of a reader"}
    made = create(
        settings.model_copy(update={"open": False, "keys_file": keys, "explain_limit": 1, "state": tmp_path / "state"}),
        testing=True,
    )
    client = made.test_client()
    problem_of(client.post("/explain", json={"text": TEXT}), 401)
    assert client.post("/explain", json={"text": TEXT}, headers=entry).status_code == 200
    limited = problem_of(client.post("/explain", json={"text": TEXT}, headers=entry), 429)
    assert limited["came"] == "Rate limit exceeded (1 explanations per minute)."
    assert problem_of(client.post("/predict", json={"text": TEXT}, headers=entry), 403)["came"].endswith("predict.")
    made.extensions["textlab_api"].close()


def test_explanation_that_finds_no_place_is_refused_and_the_next_one_is_computed(app, client):
    explanations = app.extensions["textlab_api"].classification.explanations
    taken = [explanations._places.acquire(blocking=False) for _ in range(5)]
    assert all(taken)
    problem = problem_of(client.post("/explain", json={"text": TEXT}), 503)
    assert problem["came"] == "Too many explanations are waiting."
    for _ in taken:
        explanations._places.release()
    assert explain(client, text=TEXT)["words"]


def test_document_describes_the_answer(client):
    jsonschema = pytest.importorskip("jsonschema")
    document = client.get("/openapi.json").json
    schema = {"$ref": "#/components/schemas/Explanation", "components": document["components"]}
    jsonschema.validate(explain(client, text=TEXT), schema)
    assert document["paths"]["/explain"]["post"]["operationId"] == "explain"
