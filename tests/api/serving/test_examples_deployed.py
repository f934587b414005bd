"""Versions of a model that reads text and image: swaps, the canary, the shadow and recorded traffic."""

import json
import shutil

import pytest
from deployed import metric, wait_for
from pictures import BLUE, RED, in_base64
from problem import problem_of
from promoted import promote
from tiny_picture_model import ColoursAlone, write_picture_bundle

from api.model.examples import example_of
from api.serving.admission import QueueFullError, TooLateError
from api.serving.comparison import Copy
from api.serving.example_room import MOST_BYTES, ExampleRoom
from api.serving.store import Prediction
from textlab.bundle_format.manifest import write_manifest
from textlab.sealing import read_lines

EXAMPLE = {"text": "a secret cup", "image": in_base64(RED)}


@pytest.fixture(scope="module")
def colours_bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours") / "bundle"
    write_picture_bundle(folder, ColoursAlone)
    return folder


@pytest.fixture
def second(shop):
    """Version 2 is a copy of version 1."""
    folder = shop.model / "2"
    shutil.copytree(shop.model / "1", folder)
    return folder


def ask(client):
    answer = client.post("/predict", json=EXAMPLE)
    assert answer.status_code == 200, answer.get_json(force=True)
    return answer.get_json()


def lines_in(folder, purpose):
    segments = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in segments for line in read_lines(path, purpose, None)]


def test_a_version_with_other_inputs_is_refused_in_every_role(
    opened_shop, shop, exported, colours_bundle, constant_models
):
    promote(colours_bundle, shop.model / "2")
    promote(constant_models / "one", shop.model / "3")
    client = opened_shop(version="1")
    for path, reads in {"load/2": "image", "canary/2": "image", "shadow/2": "image", "load/3": "text"}.items():
        problem = problem_of(client.post(f"/models/{path}"), 422)
        assert f"reads {reads}, and the service runs a model that reads text and image" in problem["came"]
    assert ask(client)["model"]["version"] == 1


def test_a_service_of_texts_refuses_a_version_with_pictures(admin, settings, picture_bundle):
    promote(picture_bundle, settings.model / "3")
    problem = problem_of(admin.post("/models/load/3"), 422)
    assert "reads text and image, and the service runs a model that reads text, so its clients" in problem["came"]
    assert "previous version still serves" in problem["action"]
    assert admin.post("/predict", json={"text": "x"}).get_json()["model"]["version"] == 2


@pytest.mark.slow
def test_another_version_is_tried_and_loaded(opened_shop, second):
    client = opened_shop(version="1", load_trial=True)
    assert client.post("/models/load/2").status_code == 200
    assert ask(client)["model"]["version"] == 2


def test_a_canary_answers_examples(opened_shop, second):
    client = opened_shop(version="1")
    assert client.post("/models/canary/2?percent=100").status_code == 200
    assert ask(client)["model"]["version"] == 2


def test_a_shadow_compares_examples_and_its_lines_hold_no_picture(opened_shop, shop, second):
    labels = json.loads((second / "assets.extra/labels.json").read_text())
    shutil.rmtree(second)
    _write_constant_model_of_pictures(second, labels)
    client = opened_shop(version="1", record_texts=True)
    answer = client.post("/models/shadow/2")
    assert answer.status_code == 200, answer.get_json(force=True)
    shadow = client.application.extensions["textlab_api"].work._shadow
    wait_for(lambda: shadow._comparison is not None)
    ask(client)
    wait_for(lambda: metric(client, "textlab_shadow_comparisons_total", version="2") == 1)
    wait_for(lambda: len(lines_in(shop.state / "shadow", "shadow")) == 1)
    (line,) = lines_in(shop.state / "shadow", "shadow")
    assert line["inputs"] == {"text": "a secret cup"}
    assert len(json.dumps(line)) < 1_000


def test_pictures_that_wait_for_the_writer_count(opened_shop, shop):
    shadow = opened_shop(version="1").application.extensions["textlab_api"].work._shadow
    prediction = Prediction("1", 0.0, "shop", 1, "red cup", "a cup")
    copy = Copy(None, example_of({"text": b"a cup", "image": RED + bytes(2_000_000)}), prediction, [1.0])
    assert shadow._characters(copy) > 2_000_000 // 20


def _write_constant_model_of_pictures(folder, labels):
    """A bundle of text and image that always predicts the last label."""
    import tensorflow as tf

    from textlab.bundle_format.signature import classification, write_signature

    module = tf.Module()
    module.answer = tf.Variable([0.0] * (len(labels) - 1) + [1.0])
    strings = [tf.TensorSpec([None], tf.string, name=name) for name in ("text", "image")]

    @tf.function(input_signature=strings)
    def serve(text, image):
        return {"probabilities": tf.zeros([tf.size(text) + 0 * tf.size(image), 1]) + module.answer}

    tf.saved_model.save(module, str(folder), signatures=serve)
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra/labels.json").write_text(json.dumps(labels))
    write_signature(folder, classification(["text", "image"], len(labels)))
    write_manifest(folder)


def test_examples_are_recorded_without_their_pictures(opened_shop, shop):
    client = opened_shop(record="all", record_texts=True)
    identifier = ask(client)["predictions"][0]["prediction_id"]
    client.post("/predict", json={"image": in_base64(BLUE)})
    client.application.extensions["textlab_api"].close()
    first, second = lines_in(shop.state / "traffic", "traffic")
    assert first["id"] == identifier
    assert (first["inputs"]["text"], first["characters"]["text"]) == ("a secret cup", 12)
    assert ("text" in second["inputs"], second["characters"]["text"]) == (False, 0)
    for path in (shop.state / "traffic").glob("*.jsonl"):
        assert in_base64(RED)[:60].encode() not in path.read_bytes()


def test_examples_are_recorded_without_texts_unless_the_setting_says_so(opened_shop, shop):
    client = opened_shop(record="all")
    ask(client)
    client.application.extensions["textlab_api"].close()
    content = b"".join(path.read_bytes() for path in (shop.state / "traffic").glob("*.jsonl"))
    assert b"characters" in content
    assert b"secret" not in content


def test_the_room_for_examples_is_bounded_and_given_back():
    room = ExampleRoom(10)
    with room.taken(MOST_BYTES - 5), pytest.raises(QueueFullError), room.taken(6):
        raise AssertionError("there was no room")
    with pytest.raises(ValueError, match="gone"), room.taken(MOST_BYTES):
        raise ValueError("gone")
    with room.taken(MOST_BYTES):
        pass


def test_the_reading_of_examples_ends_with_its_time():
    with pytest.raises(TooLateError):
        ExampleRoom(-1).time_check()()
    with pytest.raises(TooLateError):
        ExampleRoom(10).time_check(lambda: True)()
    ExampleRoom(10).time_check()()
