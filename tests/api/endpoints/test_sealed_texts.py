"""Texts that the service keeps, sealed with a key."""

import contextlib
import json
import sqlite3
import time

import pytest
from problem import problem_of

from api.application import create
from api.serving.seal_keys import IN_THE_CLEAR
from api.settings import SettingsError
from textlab.sealing import Keys, read_lines
from textlab.sealing.key_files import new_key

FIRST, SECOND = new_key("first"), new_key("second")


@pytest.fixture
def served(settings, monkeypatch):
    """A function that starts the service with these keys and returns a client."""
    made = []

    def start(keys, **changes):
        if made:
            made[-1].extensions["textlab_api"].close()
        monkeypatch.setenv("TEXTLAB_SEAL_KEYS", keys)
        made.append(create(settings.model_copy(update=changes), testing=True))
        return made[-1].test_client()

    yield start
    made[-1].extensions["textlab_api"].close()


def predicted(client, text):
    return client.post("/predict", json={"text": text}).get_json()["predictions"][0]["prediction_id"]


def cells(settings, query="SELECT text, answer FROM predictions"):
    with contextlib.closing(sqlite3.connect(settings.state / "predictions.sqlite", timeout=30)) as connection:
        return connection.execute(query).fetchall()


def change(settings, statement):
    with contextlib.closing(sqlite3.connect(settings.state / "predictions.sqlite", timeout=30)) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()


def feedback(settings, keys):
    opened = Keys.from_environment({"TEXTLAB_SEAL_KEYS": keys})
    return [json.loads(line) for line in read_lines(settings.state / "feedback.jsonl", "feedback", opened)]


def test_no_file_of_the_service_holds_a_text_or_the_key(served, settings):
    client = served(FIRST)
    identifier = predicted(client, "secret tweet about жж")
    assert client.post("/feedback", json={"prediction_id": identifier, "label": "negative"}).status_code == 200
    assert client.post("/feedback", json={"text": "secret text", "label": "positive"}).status_code == 200
    client.application.extensions["textlab_api"].close()
    content = b"".join(path.read_bytes() for path in settings.state.rglob("*") if path.is_file())
    assert b"secret" not in content
    assert "жж".encode() not in content
    assert FIRST.partition(":")[2].encode() not in content
    [(text, answer)] = cells(settings)
    assert (type(text), type(answer)) == (bytes, bytes)
    assert [line["text"] for line in feedback(settings, FIRST)] == ["secret tweet about жж", "secret text"]


def test_feedback_by_id_works_as_in_the_clear(served, settings):
    client = served(FIRST)
    document = {"prediction_id": predicted(client, "one"), "label": "negative"}
    problem_of(client.post("/feedback", json=document | {"text": "two"}), 422)
    assert client.post("/feedback", json=document | {"text": "one"}).get_json()["status"] == "rejected"
    assert client.post("/feedback", json=document).get_json()["status"] == "rejected"
    problem_of(client.post("/feedback", json=document | {"label": "positive"}), 409)
    [line] = feedback(settings, FIRST)
    assert (line["text"], line["label"], line["prediction_id"]) == ("one", "negative", document["prediction_id"])


def test_feedback_names_the_hash_of_its_caller(served, settings):
    client = served(FIRST)
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        document = {"text": f"{time.time_ns()}", "label": "negative"}
        client.post("/feedback", json=document, environ_base={"REMOTE_ADDR": address})
    callers = [line["caller"] for line in feedback(settings, FIRST)]
    assert callers[0] == callers[1] != callers[2]
    assert "192" not in json.dumps(callers)
    stored = {caller for (caller,) in cells(settings, "SELECT caller FROM written")}
    assert set(callers) == stored


def test_new_key_first_and_former_key_beside_it_lose_nothing(served, settings):
    client = served(FIRST)
    earlier = predicted(client, "sealed with the first key")
    client.post("/feedback", json={"text": "one", "label": "negative"})
    client = served(f"{SECOND},{FIRST}")
    assert client.post("/feedback", json={"prediction_id": earlier, "label": "negative"}).status_code == 200
    assert [line["text"] for line in feedback(settings, f"{SECOND},{FIRST}")] == ["one", "sealed with the first key"]
    assert client.get("/health").get_json()["reasons"] == []


@pytest.mark.parametrize("keys", ["", SECOND, f"first:{SECOND.partition(':')[2]}"], ids=["none", "other", "wrong"])
def test_service_without_the_right_key_predicts_and_says_why_it_keeps_no_feedback(served, settings, keys):
    client = served(FIRST)
    identifier = predicted(client, "secret")
    client.post("/feedback", json={"text": "one", "label": "negative"})
    before = (settings.state / "feedback.jsonl").read_bytes()
    client = served(keys)
    assert client.get("/health").get_json()["reasons"] == [
        "Feedback cannot be kept: feedback.jsonl is sealed with a key that the service does not have."
    ]
    for document in ({"text": "two"}, {"prediction_id": identifier}):
        problem = problem_of(client.post("/feedback", json=document | {"label": "negative"}), 503)
        assert problem["came"].startswith("Texts in the state folder are sealed with a key that the service does not")
        assert problem["action"] == "Ask the operator of the service to set that key, and retry then."
    assert client.post("/predict", json={"text": "x"}).status_code == 200
    assert (settings.state / "feedback.jsonl").read_bytes() == before
    client = served(FIRST)
    assert client.post("/feedback", json={"prediction_id": identifier, "label": "negative"}).status_code == 200
    assert [line["text"] for line in feedback(settings, FIRST)] == ["one", "secret"]


def test_refusal_for_a_missing_key_is_logged_without_text_and_key(served, logged):
    client = served(FIRST)
    client.post("/feedback", json={"text": "one secret", "label": "negative"})
    client = served(SECOND)
    client.post("/feedback", json={"text": "two secrets", "label": "negative"})
    [line] = [line for line in logged if line["message"] == "a sealed file cannot be used"]
    assert line["reason"] == (
        "feedback.jsonl, last line: It is sealed with the key 'first', and only second is set. Add that key."
    )
    assert "secret" not in json.dumps(logged)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE predictions SET label = 'negative'",
        "UPDATE predictions SET version = 9",
        "UPDATE predictions SET model = 'other'",
        "UPDATE predictions SET text = CAST(replace(text, substr(text, -9, 1), '-') AS BLOB)",
        "UPDATE predictions SET text = (SELECT other.text FROM predictions AS other WHERE other.id != predictions.id)",
    ],
)
def test_row_that_was_changed_is_refused(served, settings, statement):
    client = served(FIRST)
    identifiers = [predicted(client, text) for text in ("one", "two")]
    kept = client.application.extensions["textlab_api"].classification.feedback
    for identifier in identifiers:
        kept.find(identifier)  # waits until it is written
    change(settings, statement)
    problem_of(client.post("/feedback", json={"prediction_id": identifiers[0], "label": "negative"}), 503)


def test_text_in_the_clear_is_not_believed_when_a_key_is_set(served, settings):
    client = served("")
    identifier = predicted(client, "clear")
    client = served(FIRST)
    problem = problem_of(client.post("/feedback", json={"prediction_id": identifier, "label": "negative"}), 404)
    assert 'with "text"' in problem["action"]


def test_start_without_a_key_says_once_that_texts_are_in_the_clear(served, logged):
    served("", log_level="warning")
    served(FIRST, log_level="warning")
    assert [line["message"] for line in logged] == [IN_THE_CLEAR]


def test_invalid_key_stops_the_start_and_is_not_repeated(settings, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", "first:SECRET")
    with pytest.raises(SettingsError, match="Key 1 of TEXTLAB_SEAL_KEYS is not valid") as error:
        create(settings, testing=True)
    assert "SECRET" not in str(error.value)
