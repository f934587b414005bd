"""A fine-tuned BERT in core TensorFlow operations."""

from typing import Any

from textlab.models.transformer.encoder_graph import EncoderGraph


class ClassifierGraph(EncoderGraph):
    """BertForSequenceClassification (Devlin et al. 2019) in eval mode.

    The last layer is computed for the first token of each text only, because the classifier reads no other.
    """

    output = "probabilities"

    def answers(self, ids: Any) -> Any:
        """Return the probabilities float32 (n, k) of token `ids`, ragged int32 (n, None)."""
        return self.in_parts(ids, self._probabilities_at_once, self.variables["classifier.weight"].shape[1])

    def _probabilities_at_once(self, ids: Any) -> Any:
        import tensorflow as tf

        pooled = tf.tanh(self.dense(self.hidden_states(ids, only_first=True), "bert.pooler.dense"))
        return tf.nn.softmax(self.dense(pooled, "classifier"))
