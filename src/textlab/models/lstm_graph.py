"""The LSTM network in plain TensorFlow operations, for answering.

Keras steps through a text by a loop in the graph. Here a layer is one fused operation of TensorFlow's core,
BlockLSTMV2, so that a lone tweet takes a fraction of the time; the numbers agree to the rounding of float32.
"""

from typing import Any

from textlab.models.lstm_batches import PADDING


def inference_graph(network: Any) -> Any:
    """A `tf.Module` with the weights of `network`, as `build_network` makes it.

    Calling it with token numbers, a ragged int32 tensor of n rows that have at least one token each, gives the logits,
    float32 (n, k).
    """
    import tensorflow as tf

    def weights(layer: Any) -> list[Any]:
        return [tf.Variable(weight, trainable=False) for weight in layer.get_weights()]

    class InferenceGraph(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = {layer.name: layer for layer in network.layers}
            self.vectors = weights(layers["vectors"])[0]
            self.readers = [weights(layer) for name, layer in layers.items() if name.startswith("lstm_")]
            self.pooling = next((name for name in ("max", "attention") if name in layers), "last")
            self.attention = weights(layers["attention"]) if self.pooling == "attention" else []
            self.logits = weights(layers["logits"])

        def __call__(self, numbers: Any) -> Any:
            lengths = tf.cast(numbers.row_lengths(), tf.int32)
            states = tf.gather(self.vectors, numbers.to_tensor(PADDING))
            for reader in self.readers:
                states = _read(states, lengths, reader)
            kernel, bias = self.logits
            return self._pooled(states, lengths) @ kernel + bias

        def _pooled(self, states: Any, lengths: Any) -> Any:
            if self.pooling == "last":
                return _last(states, lengths, bidirectional=len(self.readers[-1]) == 6)
            padding = (1.0 - tf.sequence_mask(lengths, dtype=tf.float32))[:, :, None] * -1e9
            if self.pooling == "max":
                return tf.reduce_max(states + padding, axis=1)
            kernel, bias, score = self.attention
            scores = tf.tensordot(tf.tanh(tf.tensordot(states, kernel, 1) + bias), score, 1)
            return tf.reduce_sum(states * tf.nn.softmax(scores + padding, axis=1), axis=1)

    return InferenceGraph()


def _read(states: Any, lengths: Any, weights: list[Any]) -> Any:
    """One layer, from the left and, where there are weights for it, from the right."""
    import tensorflow as tf

    forwards = _lstm(states, *weights[:3])
    if len(weights) == 3:
        return forwards
    backwards = _lstm(tf.reverse_sequence(states, lengths, seq_axis=1), *weights[3:])
    return tf.concat([forwards, tf.reverse_sequence(backwards, lengths, seq_axis=1)], axis=-1)


def _lstm(states: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> Any:
    """All states of one direction; Keras and BlockLSTMV2 order the gates alike: input, forget, cell, output."""
    import tensorflow as tf

    units = recurrent_kernel.shape[0]
    start, no_peephole = tf.zeros([tf.shape(states)[0], units]), tf.zeros([units])
    read = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.shape(states, out_type=tf.int64)[1],
        x=tf.transpose(states, [1, 0, 2]),
        cs_prev=start,
        h_prev=start,
        w=tf.concat([kernel, recurrent_kernel], axis=0),
        wci=no_peephole,
        wcf=no_peephole,
        wco=no_peephole,
        b=bias,
        cell_clip=0.0,  # none
        use_peephole=False,
    )
    return tf.transpose(read.h, [1, 0, 2])


def _last(states: Any, lengths: Any, bidirectional: bool) -> Any:
    """What each direction holds at the end of its reading: the last token, and for the way back the first."""
    import tensorflow as tf

    end = tf.gather(states, lengths - 1, batch_dims=1)
    if not bidirectional:
        return end
    units = states.shape[-1] // 2
    return tf.concat([end[:, :units], states[:, 0, units:]], axis=-1)
