"""The LSTM network in core TensorFlow operations, for inference.

Keras runs an LSTM layer as a loop in the graph. Here each layer is one fused operation, BlockLSTMV2, so that a single
tweet takes a fraction of the time. Both agree up to the rounding of float32. BlockLSTMV2 expects the shape (length, n,
width), so all states have it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def inference_graph(network: Any) -> Any:
    """Return a `tf.Module` with the weights of `network`, a Keras model that `build_network` made.

    Called with token numbers, int32 (n, length), padded on the right and with at least one token in each row, it
    returns the logits, float32 (n, k).
    """
    import tensorflow as tf

    def variables(weights: list[np.ndarray]) -> list[Any]:
        return [tf.Variable(weight, trainable=False) for weight in weights]

    class InferenceGraph(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = {layer.name: layer for layer in network.layers}
            weights = {name: layer.get_weights() for name, layer in layers.items()}
            self.vectors = variables(weights["vectors"])[0]
            self.readers = [variables(_joined(weights[name])) for name in layers if name.startswith("lstm_")]
            self.pooling = next((name for name in ("max", "attention") if name in layers), "last")
            self.attention = variables(weights["attention"]) if self.pooling == "attention" else []
            self.logits = variables(weights["logits"])
            self.classes = weights["logits"][1].size

        def __call__(self, numbers: Any) -> Any:
            lengths = tf.math.count_nonzero(numbers, axis=1, dtype=tf.int32)
            return self.read(tf.gather(self.vectors, tf.transpose(numbers)), lengths)

        def read(self, states: Any, lengths: Any, lstm: Callable[..., Any] = _lstm) -> Any:
            """Return the logits of n texts, given as word vectors, float32 (length, n, width), and their lengths."""
            for reader in self.readers:
                states = _read(states, lengths, reader, lstm)
            kernel, bias = self.logits
            return self._pooled(states, lengths) @ kernel + bias

        def _pooled(self, states: Any, lengths: Any) -> Any:
            if self.pooling == "last":
                return _last(states, lengths, bidirectional=len(self.readers[-1]) == 4)
            padding = tf.transpose(1.0 - tf.sequence_mask(lengths, dtype=tf.float32))[:, :, None] * -1e9
            if self.pooling == "max":
                return tf.reduce_max(states + padding, axis=0)
            kernel, bias, score = self.attention
            flat = tf.reshape(states, [-1, states.shape[-1]])
            scores = tf.reshape(tf.tanh(flat @ kernel + bias) @ score, tf.shape(padding)) + padding
            # tf.nn.softmax works on the last axis, so it would transpose twice.
            weights = tf.exp(scores - tf.reduce_max(scores, axis=0))
            return tf.reduce_sum(states * weights, axis=0) / tf.reduce_sum(weights, axis=0)

    return InferenceGraph()


def _joined(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Return the joined kernel and recurrent kernel, and the bias, of each direction of a layer."""
    directions = [weights[:3], weights[3:]] if len(weights) == 6 else [weights]
    return [part for kernel, recurrent, bias in directions for part in (np.concatenate([kernel, recurrent]), bias)]


def _read(states: Any, lengths: Any, weights: list[Any], lstm: Callable[..., Any]) -> Any:
    """Run one layer forwards and, if it is bidirectional, backwards."""
    import tensorflow as tf

    forwards = lstm(states, *weights[:2])
    if len(weights) == 2:
        return forwards
    backwards = lstm(_reversed(states, lengths), *weights[2:])
    return tf.concat([forwards, _reversed(backwards, lengths)], axis=-1)


def _reversed(states: Any, lengths: Any) -> Any:
    import tensorflow as tf

    return tf.reverse_sequence(states, lengths, seq_axis=0, batch_axis=1)


def _lstm(states: Any, kernels: Any, bias: Any) -> Any:
    """Return all states of one direction; Keras and BlockLSTMV2 both order the gates input, forget, cell, output."""
    import tensorflow as tf

    return tf.raw_ops.BlockLSTMV2(**_arguments(states, kernels, bias)).h


def differentiable_lstm(states: Any, kernels: Any, bias: Any) -> Any:
    """Return all states of one direction, with the right gradient.

    TensorFlow gives BlockLSTMV2 the gradient of BlockLSTM, whose gates have the order input, cell, forget, output. So
    the gates are put into that order.
    """
    import tensorflow as tf

    def reordered(weights: Any) -> Any:
        gate, forget, cell, output = tf.split(weights, 4, axis=-1)
        return tf.concat([gate, cell, forget, output], axis=-1)

    return tf.raw_ops.BlockLSTM(**_arguments(states, reordered(kernels), reordered(bias)), forget_bias=0.0).h


def _arguments(states: Any, kernels: Any, bias: Any) -> dict[str, Any]:
    import tensorflow as tf

    units = kernels.shape[1] // 4
    start, no_peephole = tf.zeros([tf.shape(states)[1], units]), tf.zeros([units])
    return {
        "seq_len_max": tf.shape(states, out_type=tf.int64)[0],
        "x": states,
        "cs_prev": start,
        "h_prev": start,
        "w": kernels,
        "wci": no_peephole,
        "wcf": no_peephole,
        "wco": no_peephole,
        "b": bias,
        "cell_clip": 0.0,  # none
        "use_peephole": False,
    }


def _last(states: Any, lengths: Any, bidirectional: bool) -> Any:
    """Return the final state of each direction: the last token forwards, the first token backwards."""
    import tensorflow as tf

    end = tf.gather_nd(states, tf.stack([lengths - 1, tf.range(tf.size(lengths))], axis=1))
    if not bidirectional:
        return end
    units = states.shape[-1] // 2
    return tf.concat([end[:, :units], states[0, :, units:]], axis=-1)
