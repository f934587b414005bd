"""Texts as word pieces, and batches of them."""

import numpy as np
import pytest
import torch

from textlab.models.length_buckets import length_buckets, shuffled_buckets
from textlab.models.transformer.batches import (
    DeviceTokens,
    Tokens,
    computed_for_a_real_one,
    tokenise,
)
from textlab.models.transformer.checkpoint import open_checkpoint

PADDING = 99


@pytest.fixture(scope="module")
def tokenizer():
    return open_checkpoint("minilm").tokenizer


@pytest.fixture
def tokens():
    """Texts of one, three and three pieces."""
    return Tokens(np.array([5, 1, 2, 3, 7, 8, 9], np.int32), np.array([1, 3, 3]))


def texts_of(tokens):
    return [part.tolist() for part in np.split(tokens.numbers, np.cumsum(tokens.lengths)[:-1])]


def test_raw_text_becomes_the_pieces_of_the_checkpoint_without_padding(tokenizer):
    tokens = tokenise(tokenizer, ["Lovely crew @AirParadis", ""], 128)
    first, second = texts_of(tokens)
    assert [tokenizer.id_to_token(number) for number in first[:4]] == ["[CLS]", "lovely", "crew", "@"]
    assert [tokenizer.id_to_token(number) for number in second] == ["[CLS]", "[SEP]"]


def test_long_text_is_cut_and_still_ends_with_the_separator(tokenizer):
    tokens = tokenise(tokenizer, ["late " * 300], 10)
    assert tokens.lengths.tolist() == [10]
    assert tokenizer.id_to_token(int(tokens.numbers[-1])) == "[SEP]"


def test_half_a_surrogate_pair_is_read_as_nothing(tokenizer):
    with_half, without = texts_of(tokenise(tokenizer, ["lovely \ud800 crew", "lovely crew"], 128))
    assert with_half == without


def test_no_texts_are_no_tokens(tokenizer):
    assert len(tokenise(tokenizer, [], 128).numbers) == 0


def test_every_row_is_in_one_batch_and_the_order_is_the_seed_s():
    lengths = np.random.default_rng(0).integers(3, 60, 500)
    batches = shuffled_buckets(lengths, 32, np.random.default_rng(1))
    assert sorted(np.concatenate(batches)) == list(range(500))
    assert len(batches) == 16
    again = shuffled_buckets(lengths, 32, np.random.default_rng(1))
    other = shuffled_buckets(lengths, 32, np.random.default_rng(2))
    assert all((mine == same).all() for mine, same in zip(batches, again, strict=True))
    assert not all(np.array_equal(mine, another) for mine, another in zip(batches, other, strict=True))


def test_texts_as_long_as_tweets_cost_at_most_a_twentieth_more_than_their_own_tokens():
    random = np.random.default_rng(0)
    lengths = np.clip(random.normal(27, 9, 20_000), 4, 80).astype(int)
    assert computed_for_a_real_one(lengths, shuffled_buckets(lengths, 32, random)) <= 1.05
    assert computed_for_a_real_one(lengths, np.array_split(random.permutation(20_000), 625)) > 1.4


def test_real_tweets_cost_at_most_a_twentieth_more_than_their_own_tokens(tokenizer, real_data):
    tweets = (real_data / "tweet_eval" / "sentiment" / "train_text.txt").read_text(encoding="utf-8").split("\n")[:5_000]
    lengths = tokenise(tokenizer, tweets, 128).lengths
    shuffled = shuffled_buckets(lengths, 32, np.random.default_rng(0))
    assert computed_for_a_real_one(lengths, shuffled) <= 1.05
    assert computed_for_a_real_one(lengths, np.array_split(np.arange(len(lengths)), 157)) > 1.4  # as they come


def test_buckets_for_prediction_begin_with_the_shortest():
    batches = length_buckets(np.array([5, 3, 9, 3]), 2)
    assert [batch.tolist() for batch in batches] == [[1, 3], [0, 2]]


def test_gathered_batch_is_padded_and_masked(tokens):
    sent = DeviceTokens(tokens, PADDING, torch.device("cpu"))
    (batch,) = sent.batches([np.array([2, 0])])
    numbers, mask = sent.gather(batch)
    assert numbers.tolist() == [[7, 8, 9], [5, PADDING, PADDING]]
    assert mask[:, 0, 0].tolist() == [[True, True, True], [True, False, False]]


def test_batch_of_equal_lengths_needs_no_mask(tokens):
    sent = DeviceTokens(tokens, PADDING, torch.device("cpu"))
    numbers, mask = sent.gather(sent.batches([np.array([1, 2])])[0])
    assert numbers.tolist() == [[1, 2, 3], [7, 8, 9]]
    assert mask is None


def test_parts_of_a_batch_are_gathered_like_the_whole(tokens):
    sent = DeviceTokens(tokens, PADDING, torch.device("cpu"))
    (batch,) = sent.batches([np.array([2, 0, 1])])
    whole, _ = sent.gather(batch)
    parts = [sent.gather(part)[0] for part in batch.split(2)]
    assert [len(part) for part in parts] == [2, 1]
    assert torch.equal(torch.cat(parts), whole)
