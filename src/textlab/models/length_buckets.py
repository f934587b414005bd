"""Batches of texts of like length, so that hardly any of what is computed is padding."""

import numpy as np

BATCHES_SORTED_TOGETHER = 50  # sorted within such a stretch, batches are nearly free of padding and still random


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
