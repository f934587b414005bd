"""A network of pictures in core TensorFlow operations, for inference."""

from typing import Any

from textlab.features.images.architecture import Architecture, Convolution, Weights
from textlab.features.images.decoding import decoded

CENTRE, SCALE = 127.0, 128.0  # as the network was trained


def network_graph(architecture: Architecture, weights: Weights) -> Any:
    """Return a `tf.Module` that turns pictures into features.

    Called with pictures, string (n,), it returns float32 (n, size); zeros for a picture without bytes.
    """
    import tensorflow as tf

    class NetworkGraph(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = {name: tf.Variable(weight, trainable=False) for name, weight in weights.items()}

        def __call__(self, pictures: Any) -> Any:
            places = tf.where(tf.strings.length(pictures) > 0)
            shape = tf.stack([tf.shape(pictures, out_type=tf.int64)[0], architecture.size])
            # Convolutions of no pictures fail.
            return tf.cond(
                tf.size(places) > 0,
                lambda: tf.scatter_nd(places, self.features(tf.gather_nd(pictures, places)), shape),
                lambda: tf.zeros(shape),
            )

        def features(self, pictures: Any) -> Any:
            states = (decoded(pictures, architecture.resolution) - CENTRE) / SCALE
            return self.pooled(states, 0)

        def pooled(self, states: Any, first: int) -> Any:
            for block in architecture.blocks[first:]:
                read = states
                for convolution in block.convolutions:
                    states = _convolved(states, convolution, self.weights)
                if block.residual:
                    states += read
            return tf.reduce_mean(states, axis=(1, 2))

    return NetworkGraph()


def _convolved(states: Any, convolution: Convolution, weights: dict[str, Any]) -> Any:
    import tensorflow as tf

    kernel, bias = weights[f"{convolution.name}/kernel"], weights[f"{convolution.name}/bias"]
    strides = [1, convolution.stride, convolution.stride, 1]
    convolve = tf.nn.depthwise_conv2d if convolution.depthwise else tf.nn.conv2d
    states = tf.nn.bias_add(convolve(states, kernel, strides, "SAME"), bias)
    return tf.nn.relu6(states) if convolution.activated else states
