"""The loss of an encoder that learns classes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from textlab.models.transformer.batches import Batch, DeviceTokens
from textlab.models.transformer.window_batches import DeviceWindows, WindowBatch, pooled


def classification_loss(
    compute: Callable[[Batch], Any] | Callable[[WindowBatch], Any],
    device: Any,
    labels: np.ndarray,
    weights: np.ndarray,
    *,
    label_smoothing: float = 0.0,
    r_drop: float = 0.0,
) -> Callable[[Any], Any]:
    """Return a function that computes the weighted mean cross-entropy of a batch.

    R-Drop (Liang et al. 2021, "R-Drop: regularized dropout for neural networks", section 2) reads each text twice and
    adds `r_drop` times the mean of the two Kullback-Leibler divergences between both answers. This is the paper's loss
    divided by two, with alpha = 2 * `r_drop`.

    Args:
        compute: returns the logits (b, k) of a batch, such as `logits_of_texts` does.
        device: the torch device of the texts.
        labels: int (n,).
        weights: the weight of each text, float32 (n,), one on average.
        label_smoothing: the share of each label that is spread over all classes (Szegedy et al. 2016, section 7).
        r_drop: at least 0; with 0, each text is read once.
    """
    import torch
    from torch.nn import functional

    targets = torch.from_numpy(labels.astype(np.int64)).to(device)
    weighing = torch.from_numpy(weights).to(device)

    def loss(batch: Any) -> Any:
        read = batch.twice() if r_drop else batch
        logits, of_rows = compute(read).float(), targets[read.rows]
        losses = functional.cross_entropy(logits, of_rows, reduction="none", label_smoothing=label_smoothing)
        supervised = (losses * weighing[read.rows]).mean()
        if not r_drop:
            return supervised
        one, other = functional.log_softmax(logits, -1).chunk(2)
        divergences = (one.exp() - other.exp()) * (one - other)  # both directions in one term, for each class
        return supervised + r_drop * divergences.sum(-1).mean() / 2

    return loss


def logits_of_texts(network: Callable[..., Any], tokens: DeviceTokens) -> Callable[[Batch], Any]:
    """Return a function that computes the logits of a batch of texts, each of which is read at once.

    Args:
        network: an `EncoderNetwork` with a head, compiled or not.
        tokens: the texts.
    """
    return lambda batch: network(*tokens.gather(batch))


def logits_of_windows(
    states: Callable[..., Any], head: Callable[..., Any], windows: DeviceWindows
) -> Callable[[WindowBatch], Any]:
    """Return a function that computes the logits of a batch of texts, whose windows are read apart and pooled.

    Args:
        states: the method of an `EncoderNetwork`, compiled or not.
        head: its other method.
        windows: the texts.
    """
    return lambda batch: head(pooled(states(*windows.gather(batch)), batch.counts))
