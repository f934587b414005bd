"""What loads in promotion does not fail in the service: both apply one list, and promotion also runs a session."""

import json

import numpy as np
import pytest

from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import classification
from textlab.export.session import session_answer
from textlab.promotion.champion import promote

LABELS = ("short", "long")


def bundle_of(serve, folder):
    """A bundle of `serve(text, weight)`, whose weight is a variable that is 10."""
    import tensorflow as tf

    module = tf.Module()
    module.weight = tf.Variable(10.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serving(text):
        return {"probabilities": serve(text, module.weight)}

    tf.saved_model.save(module, str(folder), signatures={"serving_default": serving})
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra/labels.json").write_text(json.dumps(LABELS))
    (folder / "assets.extra/card.json").write_text("{}")
    write_manifest(folder)
    return folder


def probabilities(length, weight):
    """What the model of the fixture `predictions` answers."""
    import tensorflow as tf

    length = tf.cast(length, tf.float32)
    return tf.nn.softmax(tf.stack([20 - length, length - 20], axis=1) / weight)


def partitioned(text, weight):
    import tensorflow as tf

    length, rows = tf.strings.length(text), tf.range(tf.size(text))
    is_long = tf.cast(length > 20, tf.int32)
    parts = tf.dynamic_partition(length, is_long, 2)
    return probabilities(tf.dynamic_stitch(tf.dynamic_partition(rows, is_long, 2), parts), weight)


def printing(text, weight):
    import tensorflow as tf

    tf.print(text)
    return probabilities(tf.strings.length(text), weight)


def test_model_that_partitions_is_promoted(new_run, tmp_path):
    """Other tests load such a graph into both engines of the service."""
    folder = bundle_of(partitioned, tmp_path / "bundle")
    assert promote(new_run(folder=folder), "partitioned", tmp_path / "models").folder.name == "1"


def test_model_that_prints_is_not_promoted(new_run, tmp_path):
    folder = bundle_of(printing, tmp_path / "bundle")
    with pytest.raises(ValueError, match=r"its graph holds PrintV2, which prints or logs\. Export the model with"):
        promote(new_run(folder=folder), "printing", tmp_path / "models")
    assert not (tmp_path / "models" / "printing").exists()


def test_model_that_answers_otherwise_in_a_session_is_not_promoted(new_run, tmp_path, monkeypatch):
    monkeypatch.setattr("textlab.promotion.candidate.session_answer", lambda *_: np.zeros((1, 2), np.float32))
    with pytest.raises(ValueError, match=r"answers with a difference of \S+ in the session that the service uses"):
        promote(new_run(), "otherwise", tmp_path / "models")
    assert not (tmp_path / "models" / "otherwise").exists()


def test_session_that_cannot_load_a_model_says_so(tmp_path):
    folder = bundle_of(partitioned, tmp_path / "bundle")
    signature, columns = classification(["text"], 2), {"text": ["hi", "x" * 39]}
    assert session_answer(folder, signature, columns).argmax(axis=1).tolist() == [0, 1]
    (folder / "variables/variables.index").write_bytes(b"x" * 100)
    with pytest.raises(BundleError, match=r"A session of TensorFlow, which the service uses, cannot run .*bundle"):
        session_answer(folder, signature, columns)
