"""Batches of texts in which each class is drawn equally often."""

from collections.abc import Sequence

import numpy as np

from textlab.models.imbalance import balanced_rows
from textlab.models.length_buckets import shuffled_buckets
from textlab.models.transformer.batches import Batch, DeviceTokens
from textlab.models.transformer.window_batches import DeviceWindows, WindowBatch


class BalancedBatches:
    """Batches for a training; an epoch has as many texts as there are, drawn as `balanced_rows` does.

    Args:
        examples: the texts on a device.
        labels: int (n,).
    """

    def __init__(self, examples: DeviceTokens | DeviceWindows, labels: np.ndarray) -> None:
        self._examples, self._labels = examples, labels

    def __len__(self) -> int:
        return len(self._examples)

    def shuffled(self, batch_size: int, random: np.random.Generator) -> Sequence[Batch | WindowBatch]:
        """Return the drawn texts in random batches of similar length."""
        rows = balanced_rows(self._labels, random)
        buckets = shuffled_buckets(self._examples.lengths[rows], batch_size, random)
        return self._examples.batches([rows[batch] for batch in buckets])
