"""A fine-tuned encoder in core TensorFlow operations."""

from typing import Any

from textlab.models.multilabel import probabilities_in_graph
from textlab.models.transformer.graph.encoder import EncoderGraph


class ClassifierGraph(EncoderGraph):
    """An <Architecture>ForSequenceClassification of transformers in eval mode.

    Attributes:
        task: what the probabilities are of: classes, or several labels.
    """

    output = "probabilities"
    task = "classification"

    def answers(self, ids: Any, text: Any = None) -> Any:
        """Return the probabilities float32 (n, k) of texts.

        Args:
            ids: the tokens of each text, or of each window of a text, ragged int32.
            text: the row of the text of each window, int64; None if every text is read at once.
        """
        import tensorflow as tf

        states = self.states(ids)
        if text is not None:
            states = tf.math.segment_max(states, text)  # as `window_batches.pooled`
        return probabilities_in_graph(self.head(states), self.task)
