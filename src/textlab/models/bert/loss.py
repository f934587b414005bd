"""The loss of an encoder that learns classes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from textlab.models.transformer.batches import Batch, DeviceTokens


def classification_loss(
    network: Any,
    tokens: DeviceTokens,
    labels: np.ndarray,
    weights: np.ndarray,
    *,
    label_smoothing: float = 0.0,
    r_drop: float = 0.0,
) -> Callable[[Batch], Any]:
    """Return a function that computes the weighted mean cross-entropy of a batch.

    R-Drop (Liang et al. 2021, "R-Drop: regularized dropout for neural networks", section 2) reads each text twice and
    adds `r_drop` times the mean of the two Kullback-Leibler divergences between both answers. This is the paper's loss
    divided by two, with alpha = 2 * `r_drop`.

    Args:
        network: an `EncoderNetwork` with a head, compiled or not.
        tokens: n texts.
        labels: int (n,).
        weights: the weight of each text, float32 (n,), one on average.
        label_smoothing: the share of each label that is spread over all classes (Szegedy et al. 2016, section 7).
        r_drop: at least 0; with 0, each text is read once.
    """
    import torch
    from torch.nn import functional

    targets = torch.from_numpy(labels.astype(np.int64)).to(tokens.device)
    weighing = torch.from_numpy(weights).to(tokens.device)

    def loss(batch: Batch) -> Any:
        rows = torch.cat([batch.rows, batch.rows]) if r_drop else batch.rows
        numbers, mask = tokens.gather(replace(batch, rows=rows))
        logits = network(numbers, mask).float()
        losses = functional.cross_entropy(logits, targets[rows], reduction="none", label_smoothing=label_smoothing)
        supervised = (losses * weighing[rows]).mean()
        if not r_drop:
            return supervised
        one, other = functional.log_softmax(logits, -1).chunk(2)
        divergences = (one.exp() - other.exp()) * (one - other)  # both directions in one term, for each class
        return supervised + r_drop * divergences.sum(-1).mean() / 2

    return loss
