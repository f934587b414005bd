"""POST /predict of a model that reads text and image."""

import io
import json
import os
import subprocess
import sys

import pytest
from exposition import samples, total
from pictures import BLUE, RED, in_base64, turned_photo
from PIL import Image
from problem import problem_of
from promoted import promote
from tiny_picture_model import ColoursAlone, write_picture_bundle

from api.application import create
from api.settings import Settings
from textlab.bundle_format.signature import read_signature
from textlab.inputs.references import inline_reference
from textlab.models.saved_model import SavedModel


def labels_of(answer):
    assert answer.status_code == 200, answer.get_json(force=True)
    return [prediction["label"] for prediction in answer.get_json()["predictions"]]


def form(**fields):
    """The data of a form: texts, and pictures as files."""
    return {
        name: (io.BytesIO(value), "cup.jpg") if isinstance(value, bytes) else value for name, value in fields.items()
    }


def test_an_example_comes_as_json_or_as_a_form(shared_shop):
    body = {"text": "a hat", "image": in_base64(BLUE)}
    answer = shared_shop.post("/predict", json=body)
    assert labels_of(answer) == ["blue hat"]
    sent = shared_shop.post("/predict", data=form(text="a hat", image=BLUE))
    first, second = (each.get_json()["predictions"][0] for each in (answer, sent))
    assert first["probabilities"] == second["probabilities"]
    assert first["prediction_id"] != second["prediction_id"]
    assert answer.get_json()["model"] == {"name": "shop", "version": 1}


def test_examples_are_answered_in_their_order(shared_shop):
    titles, pictures = ("a cup", "a hat"), {"red": in_base64(RED), "blue": in_base64(BLUE)}
    examples = [{"text": title, "image": picture} for title in titles for picture in pictures.values()]
    expected = [f"{colour} {title[2:]}" for title in titles for colour in pictures]
    assert labels_of(shared_shop.post("/predict", json={"examples": examples})) == expected
    assert labels_of(shared_shop.post("/predict", json={"examples": examples[:1]})) == expected[:1]


@pytest.mark.parametrize("missing", [{}, {"image": None}, {"image": ""}])
def test_a_missing_picture_or_text_is_allowed(shared_shop, missing):
    assert labels_of(shared_shop.post("/predict", json={"text": "a cup"} | missing))[0].endswith("cup")
    for text in ({}, {"text": None}, {"text": " \n"}):
        assert labels_of(shared_shop.post("/predict", json={"image": in_base64(RED)} | text))[0].startswith("red")


def test_a_form_may_lack_a_field_or_leave_the_file_out(shared_shop):
    assert labels_of(shared_shop.post("/predict", data=form(text="a cup", image=b"")))[0].endswith("cup")
    assert labels_of(shared_shop.post("/predict", data=form(image=BLUE)))[0].startswith("blue")


def test_odd_but_valid_pictures_are_answered(shared_shop):
    red = (220, 30, 30)
    turned, cmyk = turned_photo(), io.BytesIO()
    Image.new("CMYK", (16, 16), (0, 220, 220, 30)).save(cmyk, "JPEG")
    palette = io.BytesIO()
    Image.new("RGB", (16, 16), red).quantize(4).save(palette, "PNG")
    examples = [{"text": "a cup", "image": in_base64(each)} for each in (turned, cmyk.getvalue(), palette.getvalue())]
    assert labels_of(shared_shop.post("/predict", json={"examples": examples})) == ["red cup"] * 3


def test_the_answer_is_the_models_own(shared_shop, picture_bundle):
    columns = {"text": ["a cup", "a hat"], "image": [inline_reference(RED), inline_reference(BLUE)]}
    own = SavedModel(picture_bundle, read_signature(picture_bundle)).answer(columns)
    examples = [{"text": "a cup", "image": in_base64(RED)}, {"text": "a hat", "image": in_base64(BLUE)}]
    answers = shared_shop.post("/predict", json={"examples": examples}).get_json()["predictions"]
    for row, answer in zip(own, answers, strict=True):
        assert list(answer["probabilities"].values()) == pytest.approx(row, abs=2e-6)


def test_a_model_of_pictures_alone_is_served(tmp_path):
    write_picture_bundle(tmp_path / "bundle", ColoursAlone)
    promote(tmp_path / "bundle", tmp_path / "colours" / "1")
    app = create(Settings(model=tmp_path / "colours", state=tmp_path / "state", log_level="error"), testing=True)
    client = app.test_client()
    assert labels_of(client.post("/predict", data=form(image=BLUE)))[0].startswith("blue")
    problem = problem_of(client.post("/predict", json={"text": "a cup"}), 422)
    assert problem["action"] == 'Send "image".'
    assert client.get("/models/info").get_json()["inputs"] == [{"name": "image", "kind": "picture"}]
    app.extensions["textlab_api"].close()


def test_neither_texts_nor_pictures_reach_log_and_metrics(opened_shop, request):
    client, logged = opened_shop(), request.getfixturevalue("logged")
    answer = client.post("/predict", json={"text": "a secret cup", "image": in_base64(RED)})
    assert labels_of(answer) == ["red cup"]
    client.post("/predict", json={"text": "a secret cup", "image": in_base64(RED)[:-5] + "%"})
    metrics = client.get("/metrics").get_data(as_text=True)
    assert total(samples(metrics), "textlab_predictions_total", version="1") == 1
    line = next(line for line in logged if line.get("route") == "/predict")
    assert (line["examples"], line["version"]) == (1, 1)
    for secret in ("secret", in_base64(RED)[:40]):
        assert secret not in json.dumps(logged) + metrics


def test_the_service_of_texts_imports_no_library_of_pictures(tmp_path, constant_models):
    promote(constant_models / "two", tmp_path / "sentiment" / "1")
    code = (
        "import sys; from pathlib import Path; from api.application import create; from api.settings import Settings\n"
        "app = create(Settings(model=Path(sys.argv[1]), state=Path(sys.argv[2]), log_level='error'), testing=True)\n"
        "client = app.test_client()\n"
        "assert client.post('/predict', json={'text': 'lovely crew'}).status_code == 200\n"
        "assert client.post('/predict', json={'image': 'aaaa'}).status_code == 422\n"
        "assert client.post('/feedback', json={'text': 'lovely crew', 'label': 'positive'}).status_code == 200\n"
        "print('PIL' in sys.modules)"
    )
    given = [str(tmp_path / "sentiment"), str(tmp_path / "state")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", code, *given], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["False"], done.stderr[-2000:]
