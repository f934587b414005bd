"""Texts as padded batches of token numbers, bucketed by length."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

PADDING, UNKNOWN, FIRST_WORD = 0, 1, 2  # token numbers; a text without tokens counts as one unknown word
BATCHES_SORTED_TOGETHER = 50  # sorted within such a stretch, batches are nearly free of padding and still random


def pad(numbers: Sequence[Sequence[int]]) -> np.ndarray:
    """Token numbers as int32 (n, longest), padded on the right; a text without tokens is one unknown word."""
    length = max([1, *map(len, numbers)])
    padded = np.full((len(numbers), length), PADDING, np.int32)
    for row, text in enumerate(numbers):
        padded[row, : max(len(text), 1)] = text or UNKNOWN
    return padded


def length_buckets(lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Rows in batches of like length, the shortest first: for prediction."""
    order = np.argsort(lengths, kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def shuffled_buckets(lengths: np.ndarray, batch_size: int, random: np.random.Generator) -> list[np.ndarray]:
    """Rows in random batches of like length: sorted only within stretches of 50 batches."""
    order = random.permutation(len(lengths))
    stretch = batch_size * BATCHES_SORTED_TOGETHER
    parts = [order[start : start + stretch] for start in range(0, len(order), stretch)]
    batches = [part[batch] for part in parts for batch in length_buckets(lengths[part], batch_size)]
    return [batches[position] for position in random.permutation(len(batches))]


def training_batches(
    numbers: Sequence[Sequence[int]],
    targets: np.ndarray,
    weights: np.ndarray,
    *,
    batch_size: int,
    word_dropout: float,
    seed: int,
) -> Any:
    """A `tf.data.Dataset` of (padded numbers, targets, weights), in another order each time it is read.

    Targets are labels (n,) or logits (n, k).

    Each token becomes the unknown word with probability `word_dropout` (Iyyer et al. 2015, "Deep unordered composition
    rivals syntactic methods for text classification", section 3.2), so that no decision hangs on one word.
    """
    import tensorflow as tf

    lengths = np.array([len(text) for text in numbers])
    random = np.random.default_rng(seed)

    def epoch() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        for batch in shuffled_buckets(lengths, batch_size, random):
            padded = pad([numbers[row] for row in batch])
            hidden = (random.random(padded.shape) < word_dropout) & (padded != PADDING)
            yield np.where(hidden, np.int32(UNKNOWN), padded), targets[batch], weights[batch]

    signature = (
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, *targets.shape[1:]], targets.dtype),
        tf.TensorSpec([None], tf.float32),
    )
    batches = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    count = len(shuffled_buckets(lengths, batch_size, np.random.default_rng(seed)))
    return batches.apply(tf.data.experimental.assert_cardinality(count))
