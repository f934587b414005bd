"""A network of pictures in core TensorFlow operations, for inference."""

from collections.abc import Sequence
from typing import Any

from textlab.features.images.architecture import Architecture, Block, Convolution, Weights
from textlab.features.images.decoding import decoded

CENTRE, SCALE = 127.0, 128.0  # of the pixels with which the network was trained


def network_graph(architecture: Architecture, weights: Weights, rounds_states: bool = False) -> Any:
    """Return a `tf.Module` that turns pictures into features.

    Called with pictures, string (n,), it returns float32 (n, size); zeros for a picture without bytes. Its method
    `states` returns the states after the frozen blocks, float32 (n, height, width, channels), and `pooled` turns them
    into features.

    Args:
        architecture: the blocks of the network.
        weights: their weights.
        rounds_states: whether the states are rounded to float16, as those that fine-tuning reads are.
    """
    import tensorflow as tf

    class NetworkGraph(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = {name: tf.Variable(weight, trainable=False) for name, weight in weights.items()}

        def __call__(self, pictures: Any) -> Any:
            places = tf.where(tf.strings.length(pictures) > 0)
            shape = tf.stack([tf.shape(pictures, out_type=tf.int64)[0], architecture.size])

            def features() -> Any:
                states = self.states(tf.gather_nd(pictures, places))
                return tf.scatter_nd(places, self.pooled(states), shape)

            # Convolutions of no picture fail, and a model of texts and pictures often gets texts alone.
            return tf.cond(tf.size(places) > 0, features, lambda: tf.zeros(shape))

        def states(self, pictures: Any) -> Any:
            pixels = (decoded(pictures, architecture.resolution) - CENTRE) / SCALE
            states = _run(pixels, architecture.blocks[: architecture.frozen], self.weights)
            return tf.cast(tf.cast(states, tf.float16), tf.float32) if rounds_states else states

        def pooled(self, states: Any) -> Any:
            return tf.reduce_mean(_run(states, architecture.blocks[architecture.frozen :], self.weights), axis=(1, 2))

    return NetworkGraph()


def _run(states: Any, blocks: Sequence[Block], weights: dict[str, Any]) -> Any:
    for block in blocks:
        read = states
        for convolution in block.convolutions:
            states = _convolved(states, convolution, weights)
        if block.residual:
            states += read
    return states


def _convolved(states: Any, convolution: Convolution, weights: dict[str, Any]) -> Any:
    import tensorflow as tf

    kernel, bias = weights[f"{convolution.name}/kernel"], weights[f"{convolution.name}/bias"]
    strides = [1, convolution.stride, convolution.stride, 1]
    convolve = tf.nn.depthwise_conv2d if convolution.depthwise else tf.nn.conv2d
    states = tf.nn.bias_add(convolve(states, kernel, strides, "SAME"), bias)
    return tf.nn.relu6(states) if convolution.activated else states
