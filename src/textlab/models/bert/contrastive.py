"""Contrastive fine-tuning for few labels: texts of one class become alike, then a linear layer tells the classes apart.

Tunstall et al. 2022, "Efficient few-shot learning without prompts" (SetFit). Each step draws a few texts of each class
and compares all pairs among them, so that memory depends on the batch and not on the number of pairs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.models.transformer.batches import Batch, DeviceTokens
from textlab.models.transformer.window_batches import DeviceWindows, WindowBatch

FEWEST_OF_A_CLASS = 2  # texts of a class in a batch, because one alone has nobody to be alike
MOST_ITERATIONS = 1_000


@dataclass(frozen=True, eq=False)
class ClassBatch:
    """Texts that are all compared with one another.

    Attributes:
        parts: the texts, in parts that fit into memory one at a time.
    """

    parts: Sequence[Batch | WindowBatch]

    @property
    def rows(self) -> Any:
        """The rows of the texts, an int64 tensor (b,) on the device."""
        import torch

        return torch.cat([part.rows for part in self.parts])

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def split(self, size: int) -> Iterator["ClassBatch"]:
        """Yield the same texts once, in smaller parts: a text of one part is also compared with those of the others."""
        yield ClassBatch([smaller for part in self.parts for smaller in part.split(size)])


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

    def shuffled(self, batch_size: int, random: np.random.Generator) -> list[ClassBatch]:
        """Return the batches of an epoch; where `batch_size` is below 4, two texts of each of two classes are drawn."""
        steps = -(-len(self) // batch_size)
        batches = self._examples.batches([self._drawn(batch_size, random) for _ in range(steps)])
        return [ClassBatch([batch]) for batch in batches]

    def _drawn(self, batch_size: int, random: np.random.Generator) -> np.ndarray:
        count = min(len(self._rows), max(batch_size // FEWEST_OF_A_CLASS, 2))
        classes = random.permutation(len(self._rows))[:count]
        sizes = [max(part.size, FEWEST_OF_A_CLASS) for part in np.array_split(np.arange(batch_size), count)]
        drawn = [
            random.choice(self._rows[label], min(size, len(self._rows[label])), replace=False)
            for label, size in zip(classes, sizes, strict=True)
        ]
        return np.concatenate(drawn)


def contrastive_loss(compute: Callable[[Any], Any], device: Any, labels: np.ndarray) -> Callable[[ClassBatch], Any]:
    """Return a function that compares all pairs of a batch: cosines should be 1 within a class and 0 between classes.

    It is the mean of two mean squared errors, that of pairs of one class and that of other pairs. SetFit draws equally
    many of both.

    Of a batch in several parts, memory holds the gradients of one part at a time: each is computed a second time, with
    the same dropout (Chen et al. 2016, "Training deep nets with sublinear memory cost").

    Args:
        compute: returns the features (b, width) of a part of a batch.
        device: the torch device of the texts.
        labels: int (n,).
    """
    import torch
    from torch.nn import functional
    from torch.utils.checkpoint import checkpoint

    classes = torch.from_numpy(labels.astype(np.int64)).to(device)

    def computed(batch: ClassBatch) -> Any:
        if len(batch.parts) == 1:
            return compute(batch.parts[0])
        # The rows are an argument because their device tells torch whose random state it has to restore.
        parts = [
            checkpoint(lambda _, part: compute(part), each.rows, each, use_reentrant=False) for each in batch.parts
        ]
        return torch.cat(parts)

    def loss(batch: ClassBatch) -> Any:
        features = functional.normalize(computed(batch).float(), dim=1)
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

    weighing = None if class_weight == "none" else "balanced"  # "sampled" has no meaning for a fit on all texts
    fitted = LogisticRegression(max_iter=MOST_ITERATIONS, class_weight=weighing).fit(features, labels)
    weights, biases = fitted.coef_.astype(np.float32), fitted.intercept_.astype(np.float32)
    if n_classes == 2:  # scikit-learn gives the difference of the two classes
        return np.concatenate([-weights, weights]) / 2, np.concatenate([-biases, biases]) / 2
    return weights, biases
