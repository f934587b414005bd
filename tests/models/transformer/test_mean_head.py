"""A head of one layer over the mean of all tokens, in torch and in the graph, which config.json names."""

import numpy as np
import pytest
import tensorflow as tf
import torch
from small_encoders import small_classifier

from textlab.models.bert.classifier_graph import ClassifierGraph
from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.checkpoint_files import read_encoder, read_weights
from textlab.models.transformer.network import EncoderNetwork

TEXTS = [[2, 7, 8, 9, 3], [2, 11, 12, 3, 0]]
LENGTHS = [5, 4]


@pytest.mark.parametrize("kind", ["bert", "modernbert"])
def test_graph_and_network_agree_on_the_mean_of_the_tokens(kind, tmp_path):
    model = small_classifier(kind, textlab_head="mean")
    model.save_pretrained(tmp_path)
    encoder = read_encoder(tmp_path)
    assert (encoder.head.pooling, encoder.head.dense, encoder.head.norm) == ("mean", "", "")
    network = EncoderNetwork(model)
    numbers = torch.tensor(TEXTS)
    mask = (torch.arange(5) < torch.tensor(LENGTHS)[:, None])[:, None, None, :]
    with torch.no_grad():
        network.eval()
        states = [network.hidden(numbers[[row], :length])[0].mean(0) for row, length in enumerate(LENGTHS)]
        expected = network.head(torch.stack(states)).softmax(1).numpy()
        assert network(numbers, mask).softmax(1).numpy() == pytest.approx(expected, abs=1e-5)
    graph = ClassifierGraph(read_weights(tmp_path, encoder, with_head=True), encoder)
    ids = tf.RaggedTensor.from_tensor(np.array(TEXTS, np.int32), lengths=LENGTHS)
    assert graph.answers(ids).numpy() == pytest.approx(expected, abs=1e-5)


def test_checkpoint_gets_another_head_and_keeps_its_own_without_one():
    tiny = open_checkpoint("tiny", ["the crew was lovely"])
    assert tiny.with_head("own") is tiny
    assert tiny.with_head("mean").encoder.head.pooling == "mean"
    assert tiny.encoder.head.pooling == "first"
