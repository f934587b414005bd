"""Contrastive fine-tuning for few labels: texts of one class become alike, then a linear layer tells the classes apart.

Tunstall et al. 2022, "Efficient few-shot learning without prompts" (SetFit). Each step draws a few texts of each class
and compares all pairs among them, so that memory depends on the batch and not on the number of pairs.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from textlab.models.transformer.batches import DeviceTokens
from textlab.models.transformer.window_batches import DeviceWindows

FEWEST_OF_A_CLASS = 2  # texts of a class in a batch, because one alone has nobody to be alike
MOST_ITERATIONS = 1_000

B = TypeVar("B")


class ClassBatches:
    """Batches with about equally many texts of each class, for a training; an epoch has as many texts as there are.

    Args:
        examples: the texts on a device.
        labels: int (n,).
    """

    def __init__(self, examples: DeviceTokens | DeviceWindows, labels: np.ndarray) -> None:
        self._examples = examples
        self._rows = [np.flatnonzero(labels == label) for label in np.unique(labels)]

    def __len__(self) -> int:
        return len(self._examples)

    def shuffled(self, batch_size: int, random: np.random.Generator) -> Sequence[Any]:
        """Return the batches of an epoch; a batch larger than `batch_size` holds two texts of each of two classes."""
        steps = -(-len(self) // batch_size)
        return self._examples.batches([self._drawn(batch_size, random) for _ in range(steps)])

    def _drawn(self, batch_size: int, random: np.random.Generator) -> np.ndarray:
        count = min(len(self._rows), max(batch_size // FEWEST_OF_A_CLASS, 2))
        classes = random.permutation(len(self._rows))[:count]
        sizes = [max(part.size, FEWEST_OF_A_CLASS) for part in np.array_split(np.arange(batch_size), count)]
        drawn = [
            random.choice(self._rows[label], min(size, len(self._rows[label])), replace=False)
            for label, size in zip(classes, sizes, strict=True)
        ]
        return np.concatenate(drawn)


def contrastive_loss(compute: Callable[[B], Any], device: Any, labels: np.ndarray) -> Callable[[B], Any]:
    """Return a function that compares all pairs of a batch: cosines should be 1 within a class and 0 between classes.

    It is the mean of two mean squared errors, that of pairs of one class and that of other pairs. SetFit draws equally
    many of both.

    Args:
        compute: returns the features (b, width) of a batch.
        device: the torch device of the texts.
        labels: int (n,).
    """
    import torch
    from torch.nn import functional

    classes = torch.from_numpy(labels.astype(np.int64)).to(device)

    def loss(batch: Any) -> Any:
        features = functional.normalize(compute(batch).float(), dim=1)
        cosines, of_rows = features @ features.T, classes[batch.rows]
        alike = of_rows[:, None] == of_rows
        others = ~torch.eye(len(of_rows), dtype=torch.bool, device=device)
        parts = [((alike.float() - cosines) ** 2)[pairs] for pairs in (alike & others, ~alike)]
        means = [part.mean() for part in parts if part.numel()]
        return torch.stack(means).mean() if means else cosines.sum() * 0

    return loss


def last_layer(features: np.ndarray, labels: np.ndarray, class_weight: str, n_classes: int) -> tuple[Any, Any]:
    """Return the weights float32 (k, width) and biases float32 (k,) of a logistic regression on features (n, width)."""
    from sklearn.linear_model import LogisticRegression

    weighing = None if class_weight == "none" else class_weight
    fitted = LogisticRegression(max_iter=MOST_ITERATIONS, class_weight=weighing).fit(features, labels)
    weights, biases = fitted.coef_.astype(np.float32), fitted.intercept_.astype(np.float32)
    if n_classes == 2:  # scikit-learn gives the difference of the two classes
        return np.concatenate([-weights, weights]) / 2, np.concatenate([-biases, biases]) / 2
    return weights, biases
