"""The loss of an encoder that learns classes."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from textlab.models.bert.contrastive import contrastive_loss
from textlab.models.imbalance import focal_factor
from textlab.models.multilabel import label_weights
from textlab.models.transformer.batches import DeviceTokens
from textlab.models.transformer.compilation import compiled
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.window_batches import DeviceWindows, pooled
from textlab.models.transformer.windows import Windows
from textlab.models.validation import sample_weights


def training_loss(
    network: EncoderNetwork,
    examples: DeviceTokens | DeviceWindows,
    windows: Windows,
    targets: np.ndarray,
    settings: Mapping[str, Any],
    device: Any,
) -> Callable[[Any], Any]:
    """Return the loss of fine-tuning: the contrastive one if `contrastive` is above 0, else that of the targets.

    Args:
        network: the encoder and its head.
        examples: the training texts on the device.
        windows: the same texts.
        targets: the classes, int (n,); or which labels each text has, bool (n, k).
        settings: the resolved hyperparameters of BERT.
        device: the torch device of the network.
    """
    epochs = settings["contrastive"] or settings["epochs"]
    states = compiled(
        network.states,
        network.model,
        settings["compilation"],
        device,
        steps=epochs * len(targets) // settings["batch_size"],
        tokens=epochs * int(windows.tokens.lengths.sum()),
    )
    if settings["contrastive"]:
        return contrastive_loss(answers(states, network.features, examples), device, targets)
    logits = answers(states, network.head, examples)
    options = {name: settings[name] for name in ("label_smoothing", "r_drop", "focal_gamma")}
    if targets.ndim == 2:
        weights = label_weights(targets, settings["class_weight"])
        return loss_of_labels(logits, device, targets, weights, **options)
    weights = sample_weights(targets, settings["class_weight"])
    return classification_loss(logits, device, targets, weights, **options)


def classification_loss(
    compute: Callable[[Any], Any],
    device: Any,
    labels: np.ndarray,
    weights: np.ndarray,
    *,
    label_smoothing: float = 0.0,
    r_drop: float = 0.0,
    focal_gamma: float = 0.0,
) -> Callable[[Any], Any]:
    """Return a function that computes the weighted mean cross-entropy of a batch, or its focal loss.

    R-Drop (Liang et al. 2021, "R-Drop: regularized dropout for neural networks", section 2) reads each text twice and
    adds `r_drop` times the mean of the two Kullback-Leibler divergences between both answers. This is the paper's loss
    divided by two, with alpha = 2 * `r_drop`.

    Args:
        compute: returns the logits (b, k) of a batch, such as `answers` does.
        device: the torch device of the texts.
        labels: int (n,).
        weights: the weight of each text, float32 (n,), one on average.
        label_smoothing: the share of each label that is spread over all classes (Szegedy et al. 2016, section 7).
        r_drop: at least 0; with 0, each text is read once.
        focal_gamma: above 0 for the focal loss, see `imbalance.focal_factor`.
    """
    import torch
    from torch.nn import functional

    targets = torch.from_numpy(labels.astype(np.int64)).to(device)
    weighing = torch.from_numpy(weights).to(device)

    def loss(batch: Any) -> Any:
        read = batch.twice() if r_drop else batch
        logits, of_rows = compute(read).float(), targets[read.rows]
        losses = functional.cross_entropy(logits, of_rows, reduction="none", label_smoothing=label_smoothing)
        if focal_gamma:
            known = functional.softmax(logits, -1).gather(-1, of_rows[:, None])[:, 0]
            losses = losses * focal_factor(1 - known, focal_gamma)
        supervised = (losses * weighing[read.rows]).mean()
        if not r_drop:
            return supervised
        one, other = functional.log_softmax(logits, -1).chunk(2)
        divergences = (one.exp() - other.exp()) * (one - other)  # both directions in one term, for each class
        return supervised + r_drop * divergences.sum(-1).mean() / 2

    return loss


def loss_of_labels(
    compute: Callable[[Any], Any],
    device: Any,
    targets: np.ndarray,
    weights: np.ndarray,
    *,
    label_smoothing: float = 0.0,
    r_drop: float = 0.0,
    focal_gamma: float = 0.0,
) -> Callable[[Any], Any]:
    """Return a function that computes the weighted binary cross-entropy of a batch, the mean over texts and labels.

    Args:
        compute: returns the logits (b, k) of a batch, such as `answers` does.
        device: the torch device of the texts.
        targets: which labels each text has, bool (n, k).
        weights: of a text without and with each label, float32 (2, k).
        label_smoothing: the share of each label that is spread evenly over having it and lacking it.
        r_drop: see `classification_loss`; the divergences are those of each label, the mean over labels.
        focal_gamma: above 0 for the focal loss of each label, see `imbalance.focal_factor`.
    """
    import torch
    from torch.nn import functional

    wanted = torch.from_numpy(targets.astype(np.float32)).to(device)
    lacking, having = torch.from_numpy(weights).to(device)

    def loss(batch: Any) -> Any:
        read = batch.twice() if r_drop else batch
        logits, of_rows = compute(read).float(), wanted[read.rows]
        smoothed = of_rows * (1 - label_smoothing) + label_smoothing / 2
        losses = functional.binary_cross_entropy_with_logits(logits, smoothed, reduction="none")
        if focal_gamma:
            known = torch.where(of_rows > 0, logits, -logits).sigmoid()
            losses = losses * focal_factor(1 - known, focal_gamma)
        supervised = (losses * torch.where(of_rows > 0, having, lacking)).mean()
        if not r_drop:
            return supervised
        one, other = logits.chunk(2)
        divergences = (one.sigmoid() - other.sigmoid()) * (one - other)  # both directions, with and without the label
        return supervised + r_drop * divergences.mean() / 2

    return loss


def answers(
    states: Callable[..., Any], part: Callable[..., Any], examples: DeviceTokens | DeviceWindows
) -> Callable[[Any], Any]:
    """Return a function that computes what a part of the head makes of a batch of texts.

    The states of a text's windows are pooled before the head reads them.

    Args:
        states: the method of an `EncoderNetwork`, compiled or not.
        part: its method `head` or `features`.
        examples: the texts.
    """
    if isinstance(examples, DeviceTokens):
        return lambda batch: part(states(*examples.gather(batch)))
    return lambda batch: part(pooled(states(*examples.gather(batch)), batch.counts))
