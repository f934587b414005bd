"""A model of several inputs in memory: its cost, its warm-up and its examples."""

import pytest
from pictures import BLUE, RED
from promoted import promote

from api.model.example_classifier import ExampleClassifier
from api.model.examples import example_of, remembered_example
from api.model.tasks import load_model
from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import Signature, Tensor, read_signature, write_signature
from textlab.inputs import kind_of


@pytest.fixture(scope="module")
def model(picture_bundle, tmp_path_factory):
    return load_model(promote(picture_bundle, tmp_path_factory.mktemp("models") / "shop" / "1"), longest=200)


def test_a_model_of_pictures_answers_examples(model):
    assert isinstance(model, ExampleClassifier)
    assert model.inputs == ("text", "image")
    examples = [example_of({"text": b"a hat", "image": BLUE}), example_of({"text": b"", "image": RED})]
    assert model.label_names[model.answer(examples)[0].argmax()] == "blue hat"
    assert model.label_names[model.answer(examples)[1].argmax()].startswith("red")


def test_a_large_picture_costs_more_than_a_small_one_and_a_text_as_much_as_measured(model):
    small, large = model.cost.measured_seconds(1, 1), model.cost.measured_seconds(1, 200)
    assert large > 3 * small
    assert model.cost.measured_seconds(8, 200) > 4 * large


def test_an_example_is_as_large_as_its_largest_value():
    assert example_of({"text": b"x" * 70, "image": b""}).size == 70
    picture = kind_of("image").of_size(90)
    assert example_of({"text": b"x" * 70, "image": picture}).size in (89, 90, 91)


def test_the_plain_engine_gives_the_same_answers(model, picture_bundle, tmp_path):
    plain = load_model(promote(picture_bundle, tmp_path / "shop" / "1"), engine="saved_model", longest=50)
    examples = [example_of({"text": b"a hat", "image": BLUE}), example_of({"text": b"a cup", "image": b""})]
    assert (plain.answer(examples) == model.answer(examples)).all()


def test_a_graph_that_fails_without_a_picture_is_refused_at_the_start(tmp_path):
    import json

    import tensorflow as tf

    folder = tmp_path / "shop" / "1"
    strings = [tf.TensorSpec([None], tf.string, name=name) for name in ("text", "image")]

    @tf.function(input_signature=strings)
    def serve(text, image):
        decoded = tf.map_fn(
            lambda each: tf.reduce_mean(tf.cast(tf.io.decode_png(each, channels=3), tf.float32)),
            image,
            fn_output_signature=tf.float32,
        )
        return {"probabilities": tf.nn.softmax(tf.stack([decoded, 0 * decoded], axis=1))}

    tf.saved_model.save(tf.Module(), str(folder), signatures=serve)
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra/labels.json").write_text(json.dumps(["a", "b"]))
    stated = Signature(
        "classification",
        (Tensor("text", "string"), Tensor("image", "string")),
        (Tensor("probabilities", "float32", 2),),
    )
    write_signature(folder, stated)
    write_manifest(folder)
    assert read_signature(folder) == stated
    with pytest.raises(BundleError, match="fails on an example"):
        load_model(folder, longest=50)


def test_only_what_the_service_remembered_is_an_example():
    example = example_of({"text": "ж cup".encode(), "image": RED})
    remembered = remembered_example(example.remembered)
    assert remembered is not None
    assert remembered.texts == {"text": "ж cup"}
    assert len(remembered.digests["image"]) == 64
    for text in ("a cup", '{"inputs": 5}', '{"inputs": {', "", '{"inputs": []}'):
        assert remembered_example(text) is None
