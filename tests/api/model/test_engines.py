"""Both engines give the same answers for each family and for several inputs."""

import subprocess
import sys

import numpy as np
import pytest
from promoted import promote
from tiny_data import tiny_dataset, tiny_retrieval_dataset
from tiny_pictures import picture_dataset

from api.application import create
from api.model.bundle import check_bundle
from api.model.engine import EngineError, GraphSignature, load
from api.model.graph import SIGNATURE, read_graph
from api.settings import Settings
from textlab.bundle_format.documents import EXTRA
from textlab.bundle_format.manifest import write_manifest
from textlab.bundle_format.signature import CLASSIFICATION, RETRIEVAL, classification, write_signature
from textlab.inputs import kind_of
from textlab.models import families
from textlab.models.logistic_regression import LogisticRegression
from textlab.models.saved_model import SavedModel as ExportedModel

ENGINES = ("session", "saved_model")
AWKWARD = ["the crew was lovely", "", "a\u0000b", "\ufeff 👩‍👧 \u202eש", "x" * 23, "é" * 500, "@a #b http://c.d"]


def both(folder, signature):
    return [load(engine, folder, signature, threads=1) for engine in ENGINES]


def saved(function, folder, *names):
    import tensorflow as tf

    module = tf.Module()
    signature = [tf.TensorSpec([None], tf.string, name=name) for name in names]
    serve = tf.function(function, input_signature=signature)
    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder


QUICK = ("logistic_regression", "image", "static_encoder")  # texts, pictures, vectors


def of_task(task):
    names = sorted(name for name, family in families().items() if family.task == task)
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", of_task(CLASSIFICATION))
def test_engines_agree_to_the_last_bit_on_every_classifier(name, tmp_path):
    model = families()[name].tiny()
    dataset = tiny_dataset(3) if model.inputs == ("text",) else picture_dataset(model.inputs)
    model.fit(dataset.train, dataset.validation, seed=3)
    model.export(tmp_path / "model")
    folder = promote(tmp_path / "model", tmp_path / "sentiment" / "1", list(dataset.label_names))
    write_signature(folder, classification(model.inputs, len(dataset.label_names)))
    write_manifest(folder)
    agree(folder, len(dataset.label_names))


@pytest.mark.parametrize("name", of_task(RETRIEVAL))
def test_engines_agree_to_the_last_bit_on_every_encoder(name, tmp_path):
    model = families()[name].tiny()
    model.fit(tiny_retrieval_dataset(), seed=3)
    if not model.dimension:
        pytest.skip("the family has no graph")
    folder = tmp_path / "talents" / "1"
    model.export(folder)
    (folder / EXTRA).mkdir(exist_ok=True)
    write_signature(folder, model.signature())
    write_manifest(folder)
    agree(folder, model.dimension)


def agree(folder, size):
    checked = check_bundle(folder)
    session, saved_model = both(folder, checked.signature)
    values = {
        name: [text.encode() for text in AWKWARD]
        if name == "text"
        else kind_of(name).encode(kind_of(name).odd_values())
        for name in checked.inputs
    }
    for count in (len(AWKWARD), 1, 0):
        inputs = {name: (each * count)[:count] for name, each in values.items()}
        answers = session.predict(inputs)
        assert answers.dtype == np.float32
        assert answers.shape == (count, size)
        assert np.array_equal(answers, saved_model.predict(inputs))


def test_engines_serve_a_model_with_a_table_of_lemmas(tmp_path):
    dataset = tiny_dataset()
    model = LogisticRegression(minimum_count=1, lemmas=True, C=1.0)
    model.fit(dataset.train, dataset.validation)
    model.export(tmp_path / "model")
    folder = promote(tmp_path / "model", tmp_path / "sentiment" / "1", list(dataset.label_names))
    expected = model.predict_proba(AWKWARD[:2])
    for engine in both(folder, check_bundle(folder).signature):
        answers = engine.predict({"text": [text.encode() for text in AWKWARD[:2]]})
        np.testing.assert_allclose(answers, expected, atol=1e-6)


def test_engines_agree_on_core_operations_that_route_parse_and_draw(tmp_path):
    """Export accepts these operations, so the service must, too: one list decides for both."""
    import tensorflow as tf

    def serve(text):
        lengths = tf.strings.length(text)
        rows, is_long = tf.range(tf.size(lengths)), tf.cast(lengths > 5, tf.int32)
        parts = tf.dynamic_partition(tf.cast(lengths, tf.float32), is_long, 2)
        stitched = tf.dynamic_stitch(tf.dynamic_partition(rows, is_long, 2), [parts[0] * 2, parts[1] / 2])
        number = tf.strings.to_number(tf.strings.regex_replace(text, r"^\D*$", "1"))
        bytes_of = tf.cast(tf.io.decode_raw(tf.strings.substr(text + "....", 0, 4), tf.uint8), tf.float32)
        drawn = tf.random.stateless_uniform([], seed=[1, 2])
        loudness = tf.abs(tf.signal.fft(tf.cast(tf.roll(bytes_of, 1, axis=1), tf.complex64)))
        scores = [stitched + number, tf.reduce_sum(loudness, axis=1) / 400 + drawn]
        return {"probabilities": tf.nn.softmax(tf.stack(scores, axis=1) / 10)}

    model = saved(serve, tmp_path / "model", "text")
    folder = promote(model, tmp_path / "sentiment" / "1")
    session, saved_model = both(folder, check_bundle(folder).signature)
    texts = [b"short", b"a longer one", b"7", b""]
    answers = session.predict({"text": texts})
    assert np.array_equal(answers, saved_model.predict({"text": texts}))
    assert len({row.tobytes() for row in answers}) == len(texts)
    exported = ExportedModel(model, classification(["text"], 2))
    assert np.array_equal(answers, exported.answer({"text": [text.decode() for text in texts]}))


def test_several_inputs_reach_the_graph_by_their_names(tmp_path):
    import tensorflow as tf

    def serve(title, text):
        lengths = [tf.strings.length(title), 10 * tf.strings.length(text)]
        return {"embedding": tf.cast(tf.stack(lengths, axis=1), tf.float32)}

    folder = saved(serve, tmp_path / "model", "title", "text")
    stated = read_graph(folder).signature_def[SIGNATURE]
    inputs = {name: stated.inputs[name].name for name in ("text", "title")}
    signature = GraphSignature(inputs, "embedding", stated.outputs["embedding"].name, 2)
    for engine in both(folder, signature):
        answer = engine.predict({"text": [b"abc", b""], "title": [b"a", b"ab"]})
        assert answer.tolist() == [[1.0, 30.0], [2.0, 0.0]]


@pytest.mark.parametrize("engine", ENGINES)
def test_error_of_a_call_does_not_quote_the_text(engine, tmp_path):
    import tensorflow as tf

    def serve(text):
        strict = tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="strict")
        length = tf.cast(tf.strings.length(strict), tf.float32)
        return {"probabilities": tf.stack([length, length], axis=1)}

    folder = promote(saved(serve, tmp_path / "model", "text"), tmp_path / "sentiment" / "1")
    loaded = load(engine, folder, check_bundle(folder).signature, threads=1)
    assert loaded.predict({"text": [b"four"]}).tolist() == [[4.0, 4.0]]
    with pytest.raises(EngineError, match=r"could not compute an answer \(code 3\)") as caught:
        loaded.predict({"text": [b"secret \xff"]})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_folder_without_a_saved_model_is_an_error_of_the_engine(engine, tmp_path):
    with pytest.raises(EngineError, match="nowhere"):
        load(engine, tmp_path / "nowhere", GraphSignature({"text": "a:0"}, "probabilities", "b:0", 2), threads=1)


def test_the_setting_chooses_the_engine_and_the_answers_are_equal(exported, tmp_path):
    promote(exported, tmp_path / "sentiment" / "1")
    answers = []
    for engine in ENGINES:
        settings = Settings(
            model=tmp_path / "sentiment", state=tmp_path / engine, log_level="error", engine=engine, freeze_gc=False
        )
        app = create(settings, testing=True)
        document = app.test_client().post("/predict", json={"texts": ["the crew was lovely", "late"]}).get_json()
        answers.append([prediction["probabilities"] for prediction in document["predictions"]])
        app.extensions["textlab_api"].close()
    assert answers[0] == answers[1]


def test_the_plain_engine_replaces_no_module_and_needs_no_ctypes_for_its_calls(exported, tmp_path):
    folder = promote(exported, tmp_path / "sentiment" / "1")
    code = f"""
import sys
from pathlib import Path
from api.model.tasks import load_model
assert load_model(Path({str(folder)!r}), engine="saved_model").answer(["lovely"]).shape == (1, 2)
assert hasattr(sys.modules["tensorflow"], "saved_model")
assert "api.model.session" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
