"""A sentence encoder in core TensorFlow operations."""

from typing import Any

from textlab.models.transformer.graph.encoder import EncoderGraph


class SentenceGraph(EncoderGraph):
    """The unit vectors of texts from an encoder without a head, in eval mode; the pooling is "mean" or "first"."""

    output = "embedding"

    def answers(self, ids: Any) -> Any:
        """Return the unit vectors float32 (n, width) of token `ids`, ragged int32 (n, None)."""
        import tensorflow as tf

        return tf.math.l2_normalize(self.states(ids), axis=1)
