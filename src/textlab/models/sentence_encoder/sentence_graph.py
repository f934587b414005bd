"""A sentence encoder in core TensorFlow operations."""

from typing import Any

from textlab.models.transformer.encoder_graph import EncoderGraph, Weights
from textlab.models.transformer.pooling import FIRST

ENCODER = ("bert.embeddings.", "bert.encoder.")


class SentenceGraph(EncoderGraph):
    """The unit vectors of texts from a BertModel (Devlin et al. 2019) in eval mode.

    Args:
        weights: the weights as `EncoderGraph` takes them; a pooler or another head is left out.
        config: the content of config.json.
        pooling: "mean", over the tokens of a text, or "first".
    """

    output = "embedding"

    def __init__(self, weights: Weights, config: dict[str, Any], pooling: str) -> None:
        super().__init__({name: weight for name, weight in weights.items() if name.startswith(ENCODER)}, config)
        self._pooling = pooling

    def answers(self, ids: Any) -> Any:
        """Return the unit vectors float32 (n, width) of token `ids`, ragged int32 (n, None)."""
        return self.in_parts(ids, self._embeddings_at_once, self.width)

    def _embeddings_at_once(self, ids: Any) -> Any:
        import tensorflow as tf

        hidden = self.hidden_states(ids, only_first=self._pooling == FIRST)
        if self._pooling != FIRST:
            hidden = tf.math.segment_sum(hidden, ids.value_rowids()) / tf.cast(ids.row_lengths()[:, None], tf.float32)
        return tf.math.l2_normalize(hidden, axis=1)
