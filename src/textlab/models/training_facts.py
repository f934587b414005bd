"""The facts of the training data from which the automatic values of hyperparameters follow."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.inputs import kind_of


@dataclass(frozen=True)
class TrainingFacts:
    """The size of a training split.

    Attributes:
        texts: n, the number of examples.
        classes: k, the number of classes or labels.
        rarest: the number of examples of the rarest class, or with the rarest label.
        median_words: the median number of words in a text; words are separated by white space. 0 without texts.
        long_words: the number of words that 95 % of the texts do not exceed.
    """

    texts: int
    classes: int
    rarest: int
    median_words: int
    long_words: int


def training_facts(inputs: pd.DataFrame, targets: np.ndarray) -> TrainingFacts:
    """Measure a training split.

    Args:
        inputs: n rows with the model's input columns; the words of all texts in a row count together.
        targets: the classes, int (n,), 0 to k - 1, each at least once; or which labels each example has, bool (n, k).
    """
    texts = inputs[[name for name in inputs if not kind_of(str(name)).traits]]  # a picture has no words
    words = texts.map(lambda text: len(text.split())).sum(axis=1)
    counts = targets.sum(axis=0) if targets.ndim == 2 else np.bincount(targets)
    return TrainingFacts(
        texts=len(inputs),
        classes=len(counts),
        rarest=int(counts.min()),
        median_words=int(words.median()),
        long_words=int(words.quantile(0.95, interpolation="higher")),
    )
