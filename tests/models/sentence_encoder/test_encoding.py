"""The arrangement of a BERT that encodes fast gives what transformers gives."""

import json

import numpy as np
import pytest
import torch
from tiny_data import ODD_TEXTS
from transformers import BertModel

from textlab.models.sentence_encoder.encoding import Encoding, token_batches
from textlab.models.transformer.batches import tokenise
from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.device import computes_bfloat16
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.pooling import checkpoint_pooling, pooled

TEXTS = ["a word", "some more words", "words " * 60, "words " * 100, "words and words"]
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def checkpoint():
    return open_checkpoint("tiny", TEXTS)


@pytest.fixture(scope="module")
def network(checkpoint):
    torch.manual_seed(0)
    return checkpoint.load(BertModel).eval()


def by_transformers(network, checkpoint, text, pooling):
    (tokens,) = [tokenise(checkpoint.tokenizer, [text], 128).numbers]
    with torch.inference_mode():
        hidden = network(input_ids=torch.from_numpy(tokens.astype(np.int64))[None]).last_hidden_state
    return pooled(hidden, None, pooling)[0].numpy()


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_vectors_are_those_of_transformers(network, checkpoint, pooling):
    texts = [*TEXTS, *ODD_TEXTS]
    found = Encoding(EncoderNetwork(network), pooling, CPU).vectors(tokenise(checkpoint.tokenizer, texts, 128))
    expected = [by_transformers(network, checkpoint, text, pooling) for text in texts]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.skipif(not computes_bfloat16(CPU), reason="the processor has no bfloat16")
def test_bfloat16_gives_nearly_the_same_vectors(network, checkpoint):
    tokens = tokenise(checkpoint.tokenizer, [*TEXTS, *ODD_TEXTS], 128)
    exact, quick = (
        Encoding(EncoderNetwork(network), "mean", CPU, bfloat16).vectors(tokens) for bfloat16 in (False, True)
    )
    assert (exact != quick).any()
    assert ((exact * quick).sum(axis=1) > 0.999).all()


def test_batches_hold_each_row_once_and_no_more_tokens_than_allowed():
    lengths = np.random.default_rng(0).integers(3, 120, size=500)
    batches = token_batches(lengths, 256)
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert all(len(batch) * lengths[batch].max() <= 256 for batch in batches)


def test_text_longer_than_a_batch_has_a_batch_of_its_own():
    assert [len(batch) for batch in token_batches(np.array([300, 5, 300]), 256)] == [1, 1, 1]
    assert token_batches(np.array([], int), 256) == []


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"pooling_mode": "mean"}, "mean"),
        ({"pooling_mode": "cls"}, "first"),
        ({"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
        ({"pooling_mode_cls_token": True}, "first"),
    ],
)
def test_pooling_is_the_checkpoints(stated, expected, tmp_path):
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(stated))
    assert checkpoint_pooling(tmp_path) == expected


def test_checkpoint_that_states_no_pooling_takes_the_mean(tmp_path):
    assert checkpoint_pooling(tmp_path) == "mean"
    assert checkpoint_pooling(None) == "mean"


@pytest.mark.parametrize(
    "stated", [{"pooling_mode_max_tokens": True}, {"pooling_mode": "max"}, {}, {"pooling_mode": "cls+mean"}]
)
def test_checkpoint_that_pools_in_another_way_is_refused(stated, tmp_path):
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(stated))
    with pytest.raises(ValueError, match="Choose a checkpoint that takes the mean or the first token"):
        checkpoint_pooling(tmp_path)
