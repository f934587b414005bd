"""Several labels per text: the targets of training, their weights, and what a model makes of its logits."""

from typing import Any

import numpy as np
import pandas as pd

from textlab.data.multilabel_dataset import MultilabelDataset, indicator

MULTILABEL = MultilabelDataset.task
LABELS = MultilabelDataset.target  # the column of a frame with a sorted tuple of labels in each row


def has_several_labels(frame: pd.DataFrame) -> bool:
    """Return whether the examples of a frame have several labels each rather than one class."""
    return LABELS in frame


def training_targets(train: pd.DataFrame) -> np.ndarray:
    """Return what a classifier learns: the class of each example, int (n,); or which labels it has, bool (n, k).

    Args:
        train: the training frame, with `label` or with `labels`.

    Raises:
        ValueError: for several labels, there are fewer than two, or one of 0 to k - 1 belongs to no example or to all.
    """
    if not has_several_labels(train):
        return train["label"].to_numpy()
    n_labels = 1 + max((label for labels in train[LABELS] for label in labels), default=-1)
    targets = indicator(train[LABELS], n_labels)
    shares = targets.mean(axis=0)
    constant = np.flatnonzero((shares == 0) | (shares == 1))
    if n_labels < 2 or len(constant):
        what = (
            f"label {constant[0]} belongs to {'every' if shares[constant[0]] else 'no'} example"
            if len(constant)
            else ""
        )
        raise ValueError(
            f"The training frame has {n_labels} labels{what and f', and {what}'}. Number at least two labels from 0 to "
            "k - 1, and give each an example that has it and one that lacks it."
        )
    return targets


def label_weights(targets: np.ndarray, class_weight: str) -> np.ndarray:
    """Return the weight of an example in the loss of each label, without and with the label: float32 (2, k).

    Args:
        targets: bool (n, k), each column with both values.
        class_weight: "balanced" lets the examples with a label count as much as those without it, and is one on
            average over the examples; "none" weighs all the same.
    """
    if class_weight == "none":
        return np.ones((2, targets.shape[1]), np.float32)
    shares = targets.mean(axis=0)
    return (0.5 / np.stack([1 - shares, shares])).astype(np.float32)


def probabilities_from(logits: np.ndarray, task: str) -> np.ndarray:
    """Return the probabilities (n, k) that belong to logits (n, k): each by itself if a text has several labels."""
    from scipy.special import expit, softmax

    return expit(logits) if task == MULTILABEL else softmax(logits, axis=1)


def probabilities_in_graph(logits: Any, task: str) -> Any:
    """Return what `probabilities_from` returns as a tensor."""
    import tensorflow as tf

    return tf.sigmoid(logits) if task == MULTILABEL else tf.nn.softmax(logits)
