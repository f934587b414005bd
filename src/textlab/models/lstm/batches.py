"""Padded batches of token numbers, bucketed by length."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from textlab.models.imbalance import balanced_rows
from textlab.models.length_buckets import shuffled_buckets

PADDING, UNKNOWN, FIRST_WORD = 0, 1, 2  # token numbers; words of the vocabulary begin at FIRST_WORD
NO_TOKENS = "\x01"  # stands for a text without tokens; normalisation removes it, so no vocabulary holds it


def pad(numbers: Sequence[Sequence[int]]) -> np.ndarray:
    """Return int32 (n, longest), padded on the right; a text without tokens becomes one unknown word."""
    length = max([1, *map(len, numbers)])
    padded = np.full((len(numbers), length), PADDING, np.int32)
    for row, text in enumerate(numbers):
        padded[row, : max(len(text), 1)] = text or UNKNOWN
    return padded


def training_batches(
    numbers: Sequence[Sequence[int]],
    targets: np.ndarray,
    weights: np.ndarray,
    *,
    batch_size: int,
    word_dropout: float,
    seed: int,
    classes: np.ndarray | None = None,
) -> Any:
    """Return a `tf.data.Dataset` of (padded numbers, targets, weights), which is shuffled anew each time it is read.

    Args:
        numbers: the token numbers of n texts.
        targets: classes (n,), logits (n, k), or which labels each text has (n, k).
        weights: float32 (n,).
        batch_size: texts per batch.
        word_dropout: the probability that a token becomes the unknown word (Iyyer et al. 2015, "Deep unordered
            composition rivals syntactic methods for text classification", section 3.2), so that no decision depends
            on a single word.
        seed: the random seed of the order and of word dropout.
        classes: int (n,), of which each is drawn equally often, see `balanced_rows`; None to read each text once.
    """
    import tensorflow as tf

    lengths = np.array([len(text) for text in numbers])
    random = np.random.default_rng(seed)

    def epoch() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        rows = np.arange(len(numbers)) if classes is None else balanced_rows(classes, random)
        for bucket in shuffled_buckets(lengths[rows], batch_size, random):
            batch = rows[bucket]
            padded = pad([numbers[row] for row in batch])
            hidden = (random.random(padded.shape) < word_dropout) & (padded != PADDING)
            yield np.where(hidden, np.int32(UNKNOWN), padded), targets[batch], weights[batch]

    signature = (
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, *targets.shape[1:]], targets.dtype),
        tf.TensorSpec([None], tf.float32),
    )
    batches = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    return batches.apply(tf.data.experimental.assert_cardinality(math.ceil(len(numbers) / batch_size)))
