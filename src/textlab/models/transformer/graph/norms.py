"""Layer norms and activations."""

from typing import Any

import numpy as np


class Norms:
    """Layer norms by name (Ba et al. 2016, "Layer normalization").

    Args:
        epsilon: added to the variance.

    Attributes:
        variables: the weights and biases by name; the saved module must hold them as an attribute.
    """

    def __init__(self, epsilon: float) -> None:
        self._epsilon = epsilon
        self.variables: dict[str, Any] = {}

    def add(self, name: str, weight: np.ndarray, bias: np.ndarray | None) -> None:
        """Store a norm: float32 (width,) each, or no bias."""
        import tensorflow as tf

        self.variables[f"{name}.weight"] = tf.Variable(weight, trainable=False)
        if bias is not None:
            self.variables[f"{name}.bias"] = tf.Variable(bias, trainable=False)

    def __call__(self, inputs: Any, name: str) -> Any:
        """Return the normalised rows of float32 (m, width); the inputs themselves if there is no such norm."""
        import tensorflow as tf

        weight, bias = (self.variables.get(f"{name}.{part}") for part in ("weight", "bias"))
        if weight is None:
            return inputs
        mean, variance = tf.nn.moments(inputs, [-1], keepdims=True)
        normalised = (inputs - mean) * (tf.math.rsqrt(variance + self._epsilon) * weight)
        return normalised if bias is None else normalised + bias


def activated(inputs: Any, activation: str) -> Any:
    """Apply one of the `ACTIVATIONS` of a description."""
    import tensorflow as tf

    if activation.startswith("gelu"):
        return tf.nn.gelu(inputs, approximate=activation == "gelu_tanh")
    return {"relu": tf.nn.relu, "silu": tf.nn.silu, "tanh": tf.tanh}[activation](inputs)
