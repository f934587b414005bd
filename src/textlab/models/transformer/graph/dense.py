"""Dense layers: the one place where a weight matrix is multiplied."""

from typing import Any

import numpy as np

from textlab.models.transformer.graph.norms import activated


class Dense:
    """Dense layers in float32. A subclass may store and multiply the weights in another way.

    Layers are called "layer.0.joined" (query, key and value side by side), "layer.0.mixed", "layer.0.inner",
    "layer.0.outer" and so on, "projection", "head.dense" and "head.output".

    Attributes:
        variables: the stored numbers by name; the saved module must hold them as an attribute.
    """

    def __init__(self) -> None:
        self.variables: dict[str, Any] = {}

    def add(self, name: str, kernel: np.ndarray, bias: np.ndarray | None) -> None:
        """Store a layer.

        Args:
            name: the layer's name.
            kernel: float32 (inputs, outputs).
            bias: float32 (outputs,); None for none.
        """
        import tensorflow as tf

        self.variables[f"{name}.weight"] = tf.Variable(kernel, trainable=False)
        if bias is not None:
            self.variables[f"{name}.bias"] = tf.Variable(bias, trainable=False)

    def __call__(self, inputs: Any, name: str, activation: str = "") -> Any:
        """Return the layer's outputs float32 (m, outputs) for float32 (m, inputs).

        Args:
            inputs: rows.
            name: the layer's name.
            activation: one of the `ACTIVATIONS` of a description, applied to the outputs; "" for none.
        """
        import tensorflow as tf

        product = tf.matmul(inputs, self.variables[f"{name}.weight"])
        bias = self.variables.get(f"{name}.bias")
        outputs = product if bias is None else tf.nn.bias_add(product, bias)
        return activated(outputs, activation) if activation else outputs

    def in_float32(self) -> "Dense":
        """Return the same layers, which multiply in float32."""
        return self

    def fed_forward(self, inputs: Any, inner: str, outer: str, activation: str) -> Any:
        """Return the outputs of two layers, one after the other, with an activation between them."""
        return self(self(inputs, inner, activation), outer)
