"""The LSTM network in plain TensorFlow operations, for answering.

Keras steps through a text by a loop in the graph. Here a layer is one fused operation of TensorFlow's core,
BlockLSTMV2, so that a lone tweet takes a fraction of the time; the numbers agree to the rounding of float32. As that
operation wants it, a tensor of states has the shape (length, n, width) from the beginning.
"""

from typing import Any

import numpy as np


def inference_graph(network: Any) -> Any:
    """A `tf.Module` with the weights of `network`, as `build_network` makes it.

    Calling it with token numbers, int32 (n, length), padded on the right, each row with one token at least, gives the
    logits, float32 (n, k).
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

        def __call__(self, numbers: Any) -> Any:
            lengths = tf.math.count_nonzero(numbers, axis=1, dtype=tf.int32)
            states = tf.gather(self.vectors, tf.transpose(numbers))
            for reader in self.readers:
                states = _read(states, lengths, reader)
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
            # tf.nn.softmax wants the last axis, and would move it there and back.
            weights = tf.exp(scores - tf.reduce_max(scores, axis=0))
            return tf.reduce_sum(states * weights, axis=0) / tf.reduce_sum(weights, axis=0)

    return InferenceGraph()


def _joined(weights: list[np.ndarray]) -> list[np.ndarray]:
    """A layer's kernel, recurrent kernel and bias for each direction, the two kernels as one."""
    directions = [weights[:3], weights[3:]] if len(weights) == 6 else [weights]
    return [part for kernel, recurrent, bias in directions for part in (np.concatenate([kernel, recurrent]), bias)]


def _read(states: Any, lengths: Any, weights: list[Any]) -> Any:
    """One layer, from the left and, where there are weights for it, from the right."""
    import tensorflow as tf

    forwards = _lstm(states, *weights[:2])
    if len(weights) == 2:
        return forwards
    backwards = _lstm(_reversed(states, lengths), *weights[2:])
    return tf.concat([forwards, _reversed(backwards, lengths)], axis=-1)


def _reversed(states: Any, lengths: Any) -> Any:
    import tensorflow as tf

    return tf.reverse_sequence(states, lengths, seq_axis=0, batch_axis=1)


def _lstm(states: Any, kernels: Any, bias: Any) -> Any:
    """All states of one direction; Keras and BlockLSTMV2 order the gates alike: input, forget, cell, output."""
    import tensorflow as tf

    units = kernels.shape[1] // 4
    start, no_peephole = tf.zeros([tf.shape(states)[1], units]), tf.zeros([units])
    return tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.shape(states, out_type=tf.int64)[0],
        x=states,
        cs_prev=start,
        h_prev=start,
        w=kernels,
        wci=no_peephole,
        wcf=no_peephole,
        wco=no_peephole,
        b=bias,
        cell_clip=0.0,  # none
        use_peephole=False,
    ).h


def _last(states: Any, lengths: Any, bidirectional: bool) -> Any:
    """What each direction holds at the end of its reading: the last token, and for the way back the first."""
    import tensorflow as tf

    end = tf.gather_nd(states, tf.stack([lengths - 1, tf.range(tf.size(lengths))], axis=1))
    if not bidirectional:
        return end
    units = states.shape[-1] // 2
    return tf.concat([end[:, :units], states[0, :, units:]], axis=-1)
