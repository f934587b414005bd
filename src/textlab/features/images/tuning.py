"""Steps of fine-tuning, in torch."""

from dataclasses import dataclass

import numpy as np

from textlab.features.images.architecture import Weights
from textlab.features.images.network import ImageNetwork
from textlab.features.images.row_cache import Rows
from textlab.features.images.torch_blocks import pooled, trainable, trained

WARM_UP = 0.05  # the share of the steps in which the learning rate rises
PICTURES_AT_ONCE = 64  # in inference


@dataclass(frozen=True)
class Recipe:
    """The settings of a training.

    Attributes:
        epochs: the ceiling of epochs.
        learning_rate: the peak learning rate of the classifier.
        block_rate: the peak learning rate of the blocks, as a share of that.
        dropout: the share of the features that a step drops.
        smoothing: the share of a label that is spread over all classes (Szegedy et al. 2016).
        weight_decay: of AdamW (Loshchilov and Hutter 2019).
        batch_size: the pictures in a step.
        patience: the epochs without a better score after which training ends.
    """

    epochs: int = 8
    learning_rate: float = 3e-3
    block_rate: float = 0.1
    dropout: float = 0.3
    smoothing: float = 0.1
    weight_decay: float = 0.05
    batch_size: int = 32
    patience: int = 4


class Tuning:
    """The last blocks of a network and a linear classifier, in training.

    Args:
        network: where the blocks come from.
        classes: the number of classes.
        recipe: the settings.
        steps: the number of steps after which the learning rate is 0.
        seed: decides what is dropped.
    """

    def __init__(self, network: ImageNetwork, classes: int, recipe: Recipe, steps: int, seed: int) -> None:
        import torch

        self._blocks = network.architecture.blocks[network.architecture.frozen :]
        self._tensors = trainable(network.weights | (network.tuned or {}), self._blocks)
        self._kernel = torch.zeros(network.size, classes, requires_grad=True)
        self._bias = torch.zeros(classes, requires_grad=True)
        self._recipe, self._generator = recipe, torch.Generator().manual_seed(seed)
        rate = recipe.learning_rate
        groups = [
            {"params": list(self._tensors.values()), "lr": rate * recipe.block_rate},
            {"params": [self._kernel, self._bias], "lr": rate},
        ]
        self._optimizer = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, lambda step: _rate(step / steps))

    def step(self, states: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
        """Change the weights after one look at a batch; return its loss.

        Args:
            states: float16 (n, height, width, channels).
            labels: int (n,).
            weights: float32 (n,), of the pictures in the loss.
        """
        import torch
        from torch.nn import functional

        features = pooled(torch.from_numpy(states).float(), self._blocks, self._tensors)
        kept = torch.rand(features.shape, generator=self._generator) >= self._recipe.dropout
        logits = features * kept / (1 - self._recipe.dropout) @ self._kernel + self._bias
        target = torch.from_numpy(labels).long()
        losses = functional.cross_entropy(logits, target, reduction="none", label_smoothing=self._recipe.smoothing)
        loss = (losses * torch.from_numpy(weights)).mean()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._schedule.step()
        return loss.item()

    def probabilities(self, rows: Rows) -> np.ndarray:
        """Return the probabilities of the classes, float32 (n, k); without a picture, features are zeros."""
        import torch

        features = torch.zeros(len(rows), self._kernel.shape[0])
        given = np.flatnonzero(rows.numbers >= 0)
        with torch.inference_mode():
            for start in range(0, len(given), PICTURES_AT_ONCE):
                batch = given[start : start + PICTURES_AT_ONCE]
                features[batch] = pooled(torch.from_numpy(rows[batch]).float(), self._blocks, self._tensors)
            return torch.softmax(features @ self._kernel + self._bias, dim=1).numpy()

    def weights(self) -> Weights:
        """Return a copy of the weights of the blocks."""
        return trained(self._tensors, self._blocks)


def _rate(progress: float) -> float:
    """Return the share of the peak learning rate: a rise, and then half a cosine down to 0."""
    if progress < WARM_UP:
        return (progress + 1e-3) / WARM_UP
    return 0.5 + 0.5 * float(np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP)))
