"""Feedback on predictions for examples: what is kept of a picture, and what never is."""

import contextlib
import hashlib
import io
import json
import sqlite3
import time

import pytest
from pictures import BLUE, RED, in_base64, turned_photo
from problem import problem_of
from promoted import promote

from api.application import create
from api.settings import SettingsError
from textlab.data.pictures import column_references, store
from textlab.inputs import kind_of
from textlab.retraining.rows.reading import read_feedback
from textlab.sealing import Keys, read_lines
from textlab.sealing.key_files import new_key

KEY = new_key("first")
EXAMPLE = {"text": "a secret cup", "image": in_base64(RED)}
DIGEST = hashlib.sha256(RED).hexdigest()


def predicted(client, example=EXAMPLE):
    answer = client.post("/predict", json=example)
    assert answer.status_code == 200, answer.get_json(force=True)
    return answer.get_json()["predictions"][0]["prediction_id"]


def kept(shop, keys=None):
    return [json.loads(line) for line in read_lines(shop.state / "feedback.jsonl", "feedback", keys)]


def test_feedback_by_id_keeps_the_text_and_the_sha256(opened_shop, shop):
    client = opened_shop()
    answer = client.post("/feedback", json={"prediction_id": predicted(client), "label": "blue cup"})
    assert answer.get_json()["status"] == "rejected"
    (line,) = kept(shop)
    assert (line["text"], line["image_sha256"]) == ("a secret cup", DIGEST)
    assert (line["label"], line["predicted"]) == ("blue cup", "red cup")
    assert "image" not in line


def test_feedback_with_the_example_itself_works_in_json_and_in_a_form(opened_shop, shop):
    client = opened_shop()
    assert client.post("/feedback", json=EXAMPLE | {"label": "red cup"}).get_json()["status"] == "confirmed"
    form = {"text": "a secret cup", "image": (io.BytesIO(BLUE), "x.png"), "label": "red cup"}
    assert client.post("/feedback", data=form).get_json()["status"] == "rejected"
    assert [line["image_sha256"] for line in kept(shop)] == [DIGEST, hashlib.sha256(BLUE).hexdigest()]
    assert client.post("/feedback", json=EXAMPLE | {"label": "red cup"}).status_code == 200
    assert len(kept(shop)) == 2, "repeated feedback is not kept again"


def test_id_and_example_must_belong_together(opened_shop):
    client = opened_shop()
    body = {"prediction_id": predicted(client), "label": "red cup"}
    for other in ({"image": in_base64(BLUE)}, EXAMPLE | {"image": in_base64(BLUE)}, {"text": "a secret cup"}):
        assert "another" in problem_of(client.post("/feedback", json=body | other), 422)["came"]
    assert client.post("/feedback", json=body | EXAMPLE).status_code == 200


def test_retraining_finds_a_picture_of_the_dataset_that_was_encoded_anew(opened_shop, shop, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "FOLDER", tmp_path / "store")
    client, photo, table = opened_shop(), turned_photo(), tmp_path / "shop.csv"
    identifier = predicted(client, {"image": in_base64(photo)})
    body = {"prediction_id": identifier, "label": "red cup"}
    assert client.post("/feedback", json=body | {"image": in_base64(photo)}).status_code == 200
    (tmp_path / "cup.jpg").write_bytes(photo)
    (reference,) = column_references([(2, "cup.jpg")], table, count=1).references
    known = {"image": {kind_of("image").identity(reference): reference}}
    found = read_feedback(shop.state / "feedback.jsonl", "shop", inputs=("text", "image"), known=known)
    assert [*found.frame["image"]] == [reference]


@pytest.mark.parametrize(
    "body",
    [
        {"label": "red cup"},
        {"prediction_id": "x"},
        EXAMPLE,
        EXAMPLE | {"label": "green cup"},
        EXAMPLE | {"label": ["red cup"]},
        {"image": in_base64(b"x"), "label": "red cup"},
        {"text": " ", "label": "red cup"},
        EXAMPLE | {"label": "red cup", "more": 1},
    ],
)
def test_invalid_feedback_is_refused_and_keeps_nothing(shared_shop, body):
    problem_of(shared_shop.post("/feedback", json=body), 422)


def test_unknown_ids_are_not_found(shared_shop):
    for identifier in ("x", "0" * 36, 5, ["x"]):
        problem_of(shared_shop.post("/feedback", json={"prediction_id": identifier, "label": "red cup"}), 404)


def test_store_and_events_hold_no_picture(opened_shop, shop, request):
    client, logged = opened_shop(), request.getfixturevalue("logged")
    identifier = predicted(client)
    assert client.post("/feedback", json={"prediction_id": identifier, "label": "blue cup"}).status_code == 200
    with contextlib.closing(sqlite3.connect(shop.state / "predictions.sqlite", timeout=30)) as connection:
        ((cell,),) = connection.execute("SELECT text FROM predictions").fetchall()
    assert json.loads(cell) == {"inputs": {"text": "a secret cup", "image": DIGEST}}
    (event,) = [line for line in logged if line["message"] == "prediction_rejected"]
    assert event["text_length"] == len("a secret cup")
    assert "secret" not in json.dumps(logged)
    for path in shop.state.rglob("*"):
        if path.is_file():
            assert RED not in path.read_bytes()
            assert in_base64(RED).encode() not in path.read_bytes()


def test_a_sealed_file_keeps_pictures_if_the_setting_says_so(opened_shop, shop, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", KEY)
    keys = Keys.from_environment()
    client = opened_shop(feedback_pictures=True)
    body = {"prediction_id": predicted(client), "label": "blue cup"}
    assert client.post("/feedback", json=body | EXAMPLE).status_code == 200
    assert client.post("/feedback", json={"prediction_id": predicted(client), "label": "red cup"}).status_code == 200
    first, second = kept(shop, keys)
    assert (first["text"], first["image"]) == ("a secret cup", EXAMPLE["image"])
    assert "image_sha256" not in first
    assert second["image_sha256"] == DIGEST, "the store does not hold the picture"
    content = (shop.state / "feedback.jsonl").read_bytes()
    assert EXAMPLE["image"].encode() not in content
    with contextlib.closing(sqlite3.connect(shop.state / "predictions.sqlite")) as database:
        while database.execute("SELECT count(*) FROM predictions").fetchone()[0] < 2:  # another thread writes them
            time.sleep(0.02)
    written = b"".join(path.read_bytes() for path in shop.state.glob("predictions.sqlite*"))
    assert b"secret" not in written


def test_pictures_are_not_kept_in_a_sealed_file_by_default(opened_shop, shop, monkeypatch):
    monkeypatch.setenv("TEXTLAB_SEAL_KEYS", KEY)
    client = opened_shop()
    assert client.post("/feedback", json=EXAMPLE | {"label": "blue cup"}).status_code == 200
    (line,) = kept(shop, Keys.from_environment())
    assert line["image_sha256"] == DIGEST
    assert "image" not in line


def test_pictures_are_never_kept_in_the_clear(shop):
    with pytest.raises(SettingsError, match="FEEDBACK_PICTURES is on, and feedback is kept in the clear"):
        create(shop.model_copy(update={"feedback_pictures": True}), testing=True)


def test_a_service_of_texts_does_not_judge_the_examples_of_an_earlier_one(opened_shop, shop, constant_models):
    client = opened_shop()
    identifier = predicted(client)
    client.application.extensions["textlab_api"].close()
    promote(constant_models / "one", shop.model.parent / "tweets" / "1", ["red cup", "blue cup"])
    texts = opened_shop(model=shop.model.parent / "tweets")
    body = {"prediction_id": identifier, "label": "red cup"}
    assert "No prediction" in problem_of(texts.post("/feedback", json=body), 404)["came"]
    typed = texts.post("/predict", json={"text": "a cup"}).get_json()["predictions"][0]["prediction_id"]
    texts.application.extensions["textlab_api"].close()
    again = opened_shop()
    problem_of(again.post("/feedback", json={"prediction_id": typed, "label": "red cup"}), 404)
    assert again.post("/feedback", json=body).status_code == 200
