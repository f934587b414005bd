"""The focal loss for Keras."""

from collections.abc import Callable
from typing import Any

from textlab.models.imbalance import focal_factor


def focal_loss(gamma: float) -> Callable[[Any, Any], Any]:
    """Return the focal loss of each example, see `focal_factor`; targets are int (n,), predictions logits (n, k)."""
    import tensorflow as tf

    def loss(targets: Any, logits: Any) -> Any:
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(tf.reshape(targets, [-1]), tf.int32), logits)
        return losses * focal_factor(1 - tf.exp(-losses), gamma)

    return loss
