"""A fine-tuned encoder in core TensorFlow operations."""

from typing import Any

from textlab.models.transformer.graph.encoder import EncoderGraph


class ClassifierGraph(EncoderGraph):
    """An <Architecture>ForSequenceClassification of transformers in eval mode."""

    output = "probabilities"

    def answers(self, ids: Any) -> Any:
        """Return the probabilities float32 (n, k) of token `ids`, ragged int32 (n, None)."""
        import tensorflow as tf

        return tf.nn.softmax(self.head(self.states(ids)))
