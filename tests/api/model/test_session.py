"""The fast engine, which calls TensorFlow's C library: memory and threads."""

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from promoted import promote

from api.model.bundle import check_bundle
from api.model.engine import EngineError, GraphSignature
from api.model.session import Session
from textlab.bundle_format.documents import BundleError

ROOT = Path(__file__).resolve().parents[3]
AWKWARD = ["the crew was lovely", "", "a\u0000b", "\ufeff 👩‍👧 \u202eש", "x" * 23, "é" * 5000, "@a #b http://c.d"]


class Loaded:
    """A bundle in a session, called with texts alone."""

    def __init__(self, folder):
        self._session = Session(folder, check_bundle(folder).signature, threads=1)

    def run(self, texts):
        return self._session.predict({"text": texts})


@pytest.fixture
def bundle(exported, tmp_path):
    return promote(exported, tmp_path / "sentiment" / "3")


def test_numbers_equal_those_of_tensorflow_alone_and_in_a_batch(bundle):
    import tensorflow as tf

    texts = [text.encode() for text in AWKWARD]
    signature = tf.saved_model.load(str(bundle)).signatures["serving_default"]
    session = Loaded(bundle)
    expected = signature(text=tf.constant(texts))["probabilities"].numpy()
    assert np.array_equal(session.run(texts), expected)
    alone = np.concatenate([session.run([text]) for text in texts])
    assert np.allclose(alone, expected, rtol=0, atol=1e-7)
    assert session.run([]).shape == (0, 2)


def test_several_threads_share_a_session(bundle):
    session = Loaded(bundle)
    texts = [f"word{number % 3} lovely".encode() for number in range(40)]
    expected = {text: session.run([text]).tolist() for text in texts}

    def wrong(_):
        return [text for text in texts * 5 if session.run([text]).tolist() != expected[text]]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(wrong, range(4))) == [[]] * 4


def test_text_that_a_graph_keeps_is_not_overwritten(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    module.kept = tf.Variable([""], dtype=tf.string, shape=[None])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def serve(text):
        before = tf.identity(module.kept)
        with tf.control_dependencies([before]):
            module.kept.assign(text)
        hashed = tf.cast(tf.strings.to_hash_bucket_fast(before, 1_000_000), tf.float32)
        return {"probabilities": tf.stack([hashed, hashed], axis=1)}

    tf.saved_model.save(module, str(tmp_path / "model"), signatures=serve)
    session = Loaded(promote(tmp_path / "model", tmp_path / "sentiment" / "1"))
    texts = [str(number).encode() * 5_000 for number in range(20)]
    answers = [int(session.run([text])[0, 0]) for text in [*texts, b"end"]]
    expected = tf.strings.to_hash_bucket_fast([b"", *texts], 1_000_000).numpy()
    assert answers == expected.tolist()


@pytest.mark.slow
def test_memory_of_a_session_is_freed(bundle):
    signature, process = check_bundle(bundle).signature, psutil.Process()

    def loaded_and_gone(times):
        for _ in range(times):
            Session(bundle, signature, threads=1).predict({"text": [b"lovely"]})
        gc.collect()
        return process.memory_info().rss

    before = loaded_and_gone(10)
    assert loaded_and_gone(10) - before < 1e7  # a megabyte for each session


def test_memory_of_a_request_is_freed(constant_models, tmp_path):
    """The model does not read its texts, so nearly all the work is passing them to TensorFlow."""
    checked = check_bundle(promote(constant_models / "one", tmp_path / "sentiment" / "1"))
    session, process = Session(checked.folder, checked.signature, threads=1), psutil.Process()

    def memory_after(times):
        for _ in range(times):
            session.predict({"text": [b"lovely " * 1_000] * 4})
        return process.memory_info().rss

    before = memory_after(100)
    assert memory_after(3_000) - before < 20e6  # the calls pass 84 million bytes


def test_error_names_a_missing_folder(tmp_path):
    with pytest.raises(EngineError, match="nowhere"):
        Session(tmp_path / "nowhere", GraphSignature({"text": "a:0"}, "probabilities", "b:0", 2), threads=1)


@pytest.mark.parametrize(
    "index",
    ["elsewhere:0", "{}:1", "{}:4294967296", "{}:18446744073709551616", "{}:-1", "{}:٠", "{}", "{}\0x:0", "{}:0\n"],
)
def test_tensor_that_the_graph_lacks_is_refused_and_no_number_wraps(bundle, index):
    signature = check_bundle(bundle).signature
    tensor = index.format(signature.output_tensor.partition(":")[0])
    with pytest.raises(EngineError, match="no tensor"):
        Session(bundle, replace(signature, output_tensor=tensor), threads=1)


def test_output_of_another_size_is_refused_before_it_is_copied(constant_models, tmp_path):
    """The model answers two numbers for each text."""
    checked = check_bundle(promote(constant_models / "one", tmp_path / "sentiment" / "1"))
    for size in (1, 3, 2**31, 2**62):
        session = Session(checked.folder, replace(checked.signature, size=size), threads=1)
        with pytest.raises(EngineError, match=rf"shape \(2, 2\) instead of \(2, {size}\)"):
            session.predict({"text": [b"a", b"b"]})


def test_graph_with_another_input_is_refused(tmp_path):
    import tensorflow as tf

    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
    def serve(words):
        return {"probabilities": tf.zeros([tf.size(words), 2])}

    tf.saved_model.save(module, str(tmp_path / "model"), signatures=serve)
    with pytest.raises(BundleError, match="does not take text and answer probabilities"):
        check_bundle(promote(tmp_path / "model", tmp_path / "sentiment" / "1"))


def test_a_model_is_served_without_the_python_package_of_tensorflow(bundle):
    code = f"""
import sys
from pathlib import Path
from api.model.tasks import load_model
assert load_model(Path({str(bundle)!r})).answer(["lovely"]).shape == (1, 2)
assert "tensorflow" not in sys.modules and "tensorflow.python" not in sys.modules and "keras" not in sys.modules
import tensorflow as tf
assert tf.constant(1).numpy() == 1  # the real package can still be imported afterwards
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
