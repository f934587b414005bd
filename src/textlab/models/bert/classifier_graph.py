"""A fine-tuned encoder in core TensorFlow operations."""

from typing import Any

from textlab.models.transformer.graph.encoder import EncoderGraph


class ClassifierGraph(EncoderGraph):
    """An <Architecture>ForSequenceClassification of transformers in eval mode."""

    output = "probabilities"

    def answers(self, ids: Any, text: Any = None) -> Any:
        """Return the probabilities float32 (n, k) of texts.

        Args:
            ids: the tokens of each text, or of each window of a text, ragged int32.
            text: the row of the text of each window, int64; None if every text is read at once.
        """
        import tensorflow as tf

        return tf.nn.softmax(self.logits(self.states(ids), text))

    def logits(self, states: Any, text: Any = None) -> Any:
        """Return the logits float32 (n, k) of texts for the states of their windows, float32 (w, width)."""
        import tensorflow as tf

        if text is not None:
            states = tf.math.segment_max(states, text)  # as `window_batches.pooled`
        return self.head(states)
