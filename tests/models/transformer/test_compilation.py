import pytest
import torch

from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.compilation import compiled, encoder_parameters
from textlab.models.transformer.network import EncoderNetwork

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def network():
    return EncoderNetwork(open_checkpoint("tiny", ["late and rude"]).classifier(3, dropout=0.1).eval())


def test_nothing_is_compiled_on_a_cpu_or_for_a_short_training(network):
    assert compiled(network, network.model, "always", CPU, 10**6, 10**12) is network
    assert compiled(network, network.model, "never", GPU, 10**6, 10**12) is network
    assert compiled(network, network.model, "auto", GPU, 100, 10**5) is network


def test_long_training_on_a_gpu_is_compiled(network):
    assert compiled(network, network.model, "auto", GPU, 10**5, 10**9) is not network


def test_encoder_parameters_leave_out_the_embeddings(network):
    embeddings = sum(parameter.numel() for parameter in network.model.bert.embeddings.parameters())
    assert encoder_parameters(network.model) == sum(p.numel() for p in network.model.parameters()) - embeddings
