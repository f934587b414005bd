import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from small_encoders import SMALL, small_classifier

from textlab.bundle_format.operations import allowed_operations
from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.sentence_encoder.sentence_graph import SentenceGraph
from textlab.models.transformer.checkpoint_files import read_encoder, read_weights
from textlab.models.transformer.distances import bias_buckets, disentangled_rows, rotations
from textlab.models.transformer.graph.layout import in_parts

LENGTHS = (3, 120, 1, 7, 2, 60, 33)  # more than the local window of 4 and the 8 buckets of the small models
VARIANTS = {
    "deberta-v2 without buckets": {
        "share_att_key": False,
        "pos_att_type": ["p2c"],
        "position_biased_input": True,
        "position_buckets": -1,
        "norm_rel_ebd": "none",
        "type_vocab_size": 2,
    },
    "deberta-v2 with narrow embeddings": {
        "share_att_key": False,
        "pos_att_type": ["c2p", "p2c"],
        "max_relative_positions": 16,
        "embedding_size": 16,
    },
    "modernbert with biases": {
        "classifier_pooling": "mean",
        "norm_bias": True,
        "mlp_bias": True,
        "attention_bias": True,
        "classifier_bias": True,
    },
    "electra without projection": {"embedding_size": 32},
    "roberta with late positions": {"pad_token_id": 7},
    "bert of one layer": {"num_hidden_layers": 1, "hidden_act": "gelu_new"},
}


@dataclass
class Case:
    """A random model of transformers, its results for some texts, and its graph.

    Attributes:
        hidden: for each text, the hidden states of its tokens.
    """

    model: Any
    texts: list[list[int]]
    hidden: list[np.ndarray]
    probabilities: np.ndarray
    graph: ClassifierGraph


def texts_for(encoder):
    random = np.random.default_rng(0)
    texts = [random.integers(8, encoder.vocabulary, length).tolist() for length in LENGTHS]
    texts[1][5] = texts[5][9] = encoder.padding  # written in the text
    return texts


def by_transformers(model, texts, padding):
    import torch

    longest = max(map(len, texts))
    ids = torch.tensor([text + [padding] * (longest - len(text)) for text in texts])
    mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
    with torch.inference_mode():
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    hidden = out.hidden_states[-1].numpy()
    return torch.softmax(out.logits, dim=1).numpy(), [
        rows[: len(text)] for rows, text in zip(hidden, texts, strict=True)
    ]


def ragged(texts):
    return tf.RaggedTensor.from_row_lengths(
        tf.constant([token for text in texts for token in text], tf.int32), [len(text) for text in texts]
    )


@functools.cache
def made(kind):
    model = small_classifier(kind.split()[0], **VARIANTS.get(kind, {}))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model.save_pretrained(folder)
        encoder = read_encoder(folder)
        weights = read_weights(folder, encoder, with_head=True)
    texts = texts_for(encoder)
    graph = ClassifierGraph(weights, encoder)
    probabilities, hidden = by_transformers(model, texts, encoder.padding)
    return Case(model, texts, hidden, probabilities, graph)


@pytest.fixture(params=[*sorted(SMALL), *VARIANTS])
def case(request):
    return made(request.param)


def test_graph_agrees_with_transformers(case):
    assert case.probabilities.std(axis=0).max() > 0.02  # the texts differ in what the model says
    np.testing.assert_allclose(case.graph.answers(ragged(case.texts)), case.probabilities, atol=1e-5)
    expected, hidden = np.concatenate(case.hidden), case.graph.hidden_states(ragged(case.texts))
    np.testing.assert_allclose(hidden, expected, atol=1e-5 * np.abs(expected).max())


def test_text_gets_the_same_alone_and_in_another_order(case):
    for rows in ([3, 1], [2]):
        probabilities = case.graph.answers(ragged([case.texts[row] for row in rows]))
        np.testing.assert_allclose(probabilities, case.probabilities[rows], atol=1e-5)


def test_no_text_gets_no_probabilities(case):
    assert case.graph.answers(ragged([])).shape == (0, 3)
    assert case.graph.hidden_states(ragged([])).shape == (0, 32)


@pytest.mark.parametrize(
    "kind", ["deberta-v2", "modernbert", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("mpnet", "roberta"))]
)
def test_traced_graph_answers_batches_of_every_size(kind):
    case = made(kind)
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    traced = tf.function(case.graph.answers, input_signature=[spec], autograph=False)
    for rows in (list(range(len(LENGTHS))), [2], []):
        probabilities = traced(ragged([case.texts[row] for row in rows]))
        np.testing.assert_allclose(probabilities, case.probabilities[rows], atol=1e-5)
    graph = traced.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    assert {node.op for node in nodes} <= allowed_operations(["text"])


def test_encoder_without_a_head_gives_unit_vectors(case, tmp_path):
    case.model.base_model.save_pretrained(tmp_path)
    encoder = read_encoder(tmp_path)
    weights = read_weights(tmp_path, encoder, with_head=False)
    texts, states = ([of_texts[row] for row in (0, 3, 6)] for of_texts in (case.texts, case.hidden))
    for pooling in ("first", "mean"):
        graph = SentenceGraph(weights, encoder, pooling)
        assert not [name for name in graph.variables if name.startswith("head.")]
        expected = np.array([text[0] if pooling == "first" else text.mean(axis=0) for text in states])
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(graph.answers(ragged(texts)), expected, atol=1e-5, err_msg=pooling)


def test_texts_are_answered_in_order_a_few_at_a_time():
    sizes = []

    def lengths(ids):
        sizes.append(int(ids.nrows()))
        return tf.cast(ids.row_lengths()[:, None], tf.float32)

    texts = [[1] * (1 + number % 5) for number in range(130)]
    np.testing.assert_array_equal(in_parts(ragged(texts), lengths, 1)[:, 0], [len(text) for text in texts])
    assert sizes == [64, 64, 2]


def test_fewer_long_texts_are_read_at_once():
    sizes = []

    def nothing(ids):
        sizes.append(int(ids.nrows()))
        return tf.zeros([ids.nrows(), 1])

    in_parts(ragged([[1] * 1024] * 20 + [[1]]), nothing, 1)
    assert sizes == [16, 5]


@pytest.mark.parametrize(("buckets", "farthest"), [(256, 512), (8, 130), (4, 9), (32, 2048)])
def test_logarithmic_buckets_are_those_of_deberta(buckets, farthest):
    import torch
    from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

    from textlab.models.transformer.description import Disentangled

    relative = Disentangled(True, True, buckets, farthest, shares_projections=True, is_normalised=False)
    distances = np.arange(-farthest, farthest + 1)
    expected = make_log_bucket_position(torch.tensor(distances), buckets, farthest).long() + buckets
    np.testing.assert_array_equal(disentangled_rows(distances, relative), expected.clamp(0, 2 * buckets - 1))


def test_buckets_of_biases_are_those_of_mpnet():
    import torch
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    from textlab.models.transformer.description import RelativeBias

    distances = np.arange(-600, 601)
    # transformers subtracts the query's position from the key's, and textlab the other way round.
    expected = MPNetEncoder.relative_position_bucket(torch.tensor(-distances))
    np.testing.assert_array_equal(bias_buckets(distances, RelativeBias(32, 128)), expected)


@pytest.mark.parametrize("base", [10_000.0, 160_000.0])
def test_rotations_far_into_a_text_are_those_of_modernbert(base):
    import torch
    from transformers import ModernBertConfig
    from transformers.models.modernbert.modeling_modernbert import ModernBertRotaryEmbedding

    config = ModernBertConfig(rope_parameters={"full_attention": {"rope_theta": base, "rope_type": "default"}})
    config.layer_types = ["full_attention"]
    size = config.hidden_size // config.num_attention_heads
    cosines, sines = ModernBertRotaryEmbedding(config)(torch.zeros(1), torch.arange(8192)[None], "full_attention")
    ours = rotations(8192, size, base)
    np.testing.assert_allclose(ours[0], cosines[0, :, : size // 2], atol=1e-6)
    np.testing.assert_allclose(ours[1], sines[0, :, : size // 2], atol=1e-6)
