import numpy as np
import pytest
import tensorflow as tf
from small_encoders import small_classifier

from textlab.bundle_format.graph import check_operations
from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.transformer.checkpoint_files import read_encoder, read_weights
from textlab.models.transformer.graph.dense import Dense
from textlab.models.transformer.graph.int8 import Int8Dense
from textlab.models.transformer.graph.observed import ObservedDense, read_largest, write_largest

ROWS, INPUTS, OUTPUTS = 40, 64, 32


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def outputs(dense, inputs, activation=""):
    """The outputs of a layer that was added as `layer.0.inner`, computed in a graph."""
    return tf.function(lambda rows: dense(rows, "layer.0.inner", activation), autograph=False)(inputs).numpy()


def layer(kernel, bias, inputs):
    dense = Int8Dense({"layer.0.inner": np.abs(inputs).max(axis=0)})
    dense.add("layer.0.inner", kernel, bias)
    return dense


@pytest.mark.parametrize("activation", ["", "gelu", "gelu_tanh", "relu", "silu"])
def test_a_layer_in_int8_is_close_to_float32(activation):
    inputs, kernel, bias = numbers(1, ROWS, INPUTS), numbers(2, INPUTS, OUTPUTS), numbers(3, OUTPUTS)
    inputs[:, 5] *= 50  # one large column
    exact = Dense()
    exact.add("layer.0.inner", kernel, bias)
    expected = outputs(exact, inputs, activation)
    answers = outputs(layer(kernel, bias, inputs), inputs, activation)
    assert np.abs(answers - expected).max() < 0.02 * np.abs(expected).max()


@pytest.mark.parametrize("name", ["layer.0.inner", "layer.0.outer"])
def test_a_layer_in_int8_has_a_gradient_in_float32(name):
    inputs, kernel, bias = numbers(1, ROWS, INPUTS), numbers(2, INPUTS, OUTPUTS), numbers(3, OUTPUTS)
    dense = Int8Dense({name: np.abs(inputs).max(axis=0)})
    dense.add(name, kernel, bias)
    given = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(given)
        answers = dense.in_float32()(given, name)
    expected = inputs @ kernel + bias
    assert np.abs(answers - expected).max() < 0.02 * np.abs(expected).max()
    gradient = tape.gradient(answers, given).numpy()
    assert np.abs(gradient - kernel.sum(axis=1)).max() < 0.02 * np.abs(kernel.sum(axis=1)).max()


def test_a_sum_of_largest_products_is_exact_on_every_processor():
    inputs, kernel = np.ones((1, INPUTS), np.float32), np.ones((INPUTS, OUTPUTS), np.float32)
    np.testing.assert_allclose(outputs(layer(kernel, None, inputs), inputs), INPUTS, rtol=1e-6)


def test_inputs_beyond_those_seen_count_as_the_largest():
    inputs, kernel = numbers(1, ROWS, INPUTS), numbers(2, INPUTS, OUTPUTS)
    dense = layer(kernel, None, inputs)
    assert np.isfinite(outputs(dense, 1e30 * inputs)).all()
    np.testing.assert_array_equal(outputs(dense, 1e30 * inputs), outputs(dense, 1e10 * inputs))


def test_a_later_model_does_not_get_the_scales_of_an_earlier_one():
    """oneDNN keeps scales by the address of an array; arrays of later models come to lie at the same addresses."""
    inputs = numbers(1, ROWS, INPUTS)
    for seed in range(10):
        kernel = 10.0**seed * numbers(seed, INPUTS, OUTPUTS)
        answers = outputs(layer(kernel, None, inputs), inputs)
        assert np.abs(answers - inputs @ kernel).max() < 0.02 * np.abs(inputs @ kernel).max()


@pytest.fixture(scope="module", params=["bert", pytest.param("modernbert", marks=pytest.mark.slow)])
def encoder(request, tmp_path_factory):
    """The weights and the description of a random model, and the tokens of some texts."""
    folder = tmp_path_factory.mktemp(request.param)
    small_classifier(request.param).save_pretrained(folder)
    described = read_encoder(folder)
    random = np.random.default_rng(0)
    texts = tf.ragged.constant(
        [random.integers(8, described.vocabulary, length).tolist() for length in (3, 70, 1, 33)],
        dtype=tf.int32,
        row_splits_dtype=tf.int64,
    )
    return read_weights(folder, described, with_head=True), described, texts


@pytest.fixture(scope="module")
def graphs(encoder):
    """The model in float32 and in int8."""
    weights, described, texts = encoder
    observed = ObservedDense()
    exact = ClassifierGraph(weights, described, dense=observed)
    exact.states(texts)
    return exact, ClassifierGraph(weights, described, dense=Int8Dense(observed.largest)), observed.largest


def test_an_encoder_in_int8_answers_almost_like_in_float32(encoder, graphs):
    texts, (exact, rounded, _) = encoder[2], graphs
    answers = tf.function(rounded.answers, autograph=False)(texts).numpy()
    assert 0 < np.abs(answers - exact.answers(texts).numpy()).max() < 0.1
    assert all(rounded.variables[f"layer.1.{part}.weight"].dtype == tf.int8 for part in ("joined", "inner", "outer"))


def test_a_saved_encoder_in_int8_only_computes_and_answers_the_same(encoder, graphs, tmp_path):
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    texts, rounded, module = encoder[2], graphs[1], tf.Module()
    module.variables_of_network = rounded.variables
    spec = tf.RaggedTensorSpec([None, None], tf.int32, 1)
    module.answers = tf.function(rounded.answers, input_signature=[spec], autograph=False)
    tf.saved_model.save(module, str(tmp_path))
    graph = SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes()).meta_graphs[0]
    assert any(node.op == "_QuantizedMatMul" for body in graph.graph_def.library.function for node in body.node_def)
    check_operations(tmp_path, graph, ["text"])
    loaded = tf.saved_model.load(str(tmp_path))  # kept, because its function does not keep the variables alive
    np.testing.assert_allclose(loaded.answers(texts), module.answers(texts), atol=1e-6, rtol=0)


def test_the_largest_inputs_are_read_as_they_were_written(graphs, tmp_path):
    largest = graphs[2]
    assert {name.partition(".")[0] for name in largest} == {"layer"}  # the head stays in float32
    write_largest(tmp_path, largest)
    read = read_largest(tmp_path)
    assert read.keys() == largest.keys()
    assert all((read[name] == largest[name]).all() for name in read)


def test_an_export_without_the_largest_inputs_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="Fit the model again"):
        read_largest(tmp_path)
