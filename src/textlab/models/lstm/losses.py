"""Losses of the LSTM, for Keras. Each takes the targets and the logits (n, k) of a batch."""

from collections.abc import Callable
from typing import Any

import numpy as np

from textlab.models.imbalance import focal_factor


def cross_entropy() -> Any:
    """Return the cross-entropy of the classes, whose targets are int (n,)."""
    import keras

    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def squared_error() -> Any:
    """Return the mean squared error of logits, whose targets are a teacher's logits (n, k)."""
    import keras

    return keras.losses.MeanSquaredError()


def cross_entropy_of_labels(weights: np.ndarray, focal_gamma: float = 0.0) -> Callable[[Any, Any], Any]:
    """Return the binary cross-entropy of several labels, the mean over labels; targets are float32 (n, k) of 0 and 1.

    Args:
        weights: of an example without and with each label, float32 (2, k).
        focal_gamma: above 0 for the focal loss of each label, see `imbalance.focal_factor`.
    """
    import tensorflow as tf

    lacking, having = map(tf.constant, weights)

    def loss(targets: Any, logits: Any) -> Any:
        losses = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
        if focal_gamma:
            losses *= focal_factor(tf.sigmoid(tf.where(targets > 0, -logits, logits)), focal_gamma)
        return tf.reduce_mean(losses * (targets * having + (1 - targets) * lacking), axis=-1)

    return loss
