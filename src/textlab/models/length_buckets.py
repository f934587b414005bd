"""Batches of texts of similar length, so that little padding is computed."""

import numpy as np

BATCHES_SORTED_TOGETHER = 50  # enough for batches with almost no padding, which are still random


def length_buckets(lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Return rows in batches of similar length, the shortest first, for prediction."""
    order = np.argsort(lengths, kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def shuffled_buckets(lengths: np.ndarray, batch_size: int, random: np.random.Generator) -> list[np.ndarray]:
    """Return rows in random batches of similar length, sorted only within stretches of 50 batches."""
    order = random.permutation(len(lengths))
    stretch = batch_size * BATCHES_SORTED_TOGETHER
    parts = [order[start : start + stretch] for start in range(0, len(order), stretch)]
    batches = [part[batch] for part in parts for batch in length_buckets(lengths[part], batch_size)]
    return [batches[position] for position in random.permutation(len(batches))]
