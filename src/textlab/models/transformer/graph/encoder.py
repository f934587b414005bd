"""The network of an encoder in core TensorFlow operations."""

from typing import Any

from textlab.models.transformer.description import FIRST, Encoder
from textlab.models.transformer.graph.attention import Scores, attention_scores
from textlab.models.transformer.graph.dense import Dense
from textlab.models.transformer.graph.layout import Layout, in_parts
from textlab.models.transformer.graph.norms import Norms, activated
from textlab.models.transformer.graph.parts import Parts, Weights


class EncoderGraph:
    """An encoder in eval mode, on texts that are packed one after the other.

    Dense layers and norms read the tokens of all texts as rows of one matrix, without padding. Only attention, a small
    part of the work, reads each text by itself, padded to the longest.

    Args:
        weights: float32 arrays by the names of the checkpoint; those that play no part are left out.
        encoder: the description of the encoder.
        pooling: "first" or "mean" for an encoder without a head; None for the head of the description.
        dense: stores and multiplies the weights of dense layers; None for float32.

    Attributes:
        width: the length of a hidden state.
    """

    def __init__(
        self, weights: Weights, encoder: Encoder, pooling: str | None = None, dense: Dense | None = None
    ) -> None:
        self.encoder, self.width = encoder, encoder.width
        self.pooling = pooling or encoder.head.pooling
        self.dense, self._norms = dense or Dense(), Norms(encoder.epsilon)
        self._embeddings: dict[str, Any] = {}
        parts = Parts(weights, encoder)
        self._attention = attention_scores(encoder, parts)
        self._keep_embeddings(parts)
        for layer in range(encoder.layers):
            self._keep_layer(parts, layer)
        self._keep_norm(parts, "final_norm")
        if pooling is None:
            self._keep_head(parts)

    @property
    def variables(self) -> dict[str, Any]:
        """The numbers of the network by name; the saved module must hold them as an attribute."""
        return self._embeddings | self._attention.variables | self._norms.variables | self.dense.variables

    def _keep_embeddings(self, parts: Parts) -> None:
        import tensorflow as tf

        tables = {"words": parts.words(), "positions": parts.positions()}
        self._embeddings = {
            name: tf.Variable(table, trainable=False) for name, table in tables.items() if table is not None
        }
        self._keep_norm(parts, "embedding_norm")
        if parts.holds("projection"):
            self.dense.add("projection", parts.weight("projection").T, parts.bias("projection"))

    def _keep_layer(self, parts: Parts, layer: int) -> None:
        self.dense.add(f"layer.{layer}.joined", *parts.joined(layer))
        for part in ("mixed", "inner", "outer"):
            self.dense.add(f"layer.{layer}.{part}", parts.weight(part, layer).T, parts.bias(part, layer))
        self._keep_norm(parts, "attention_norm", layer)
        self._keep_norm(parts, "outer_norm", layer)

    def _keep_norm(self, parts: Parts, part: str, layer: int | None = None) -> None:
        if parts.holds(part, layer):
            name = part if layer is None else f"layer.{layer}.{part}"
            self._norms.add(name, parts.weight(part, layer), parts.bias(part, layer))

    def _keep_head(self, parts: Parts) -> None:
        head = self.encoder.head
        if head.dense:
            self.dense.add("head.dense", *parts.named(head.dense))
        if head.norm:
            self._norms.add("head.norm", *parts.named(head.norm))
        self.dense.add("head.output", *parts.named(head.output))

    def states(self, ids: Any) -> Any:
        """Return the vector of each text that a head reads, float32 (n, width): its first token's state, or the mean.

        Args:
            ids: the tokens of n texts, ragged int32 (n, None); n may be 0.
        """
        return in_parts(ids, self._states_at_once, self.width)

    def states_of_vectors(self, ids: Any, words: Any) -> Any:
        """Return what `states` returns, with other word vectors, float32 (m, embedding width), and all at once."""
        return self._states_at_once(ids, words)

    def word_vectors(self, ids: Any) -> Any:
        """Return the word vectors of tokens, float32 (m, embedding width), for int32 (m,)."""
        import tensorflow as tf

        return tf.gather(self._embeddings["words"], ids)

    def _states_at_once(self, ids: Any, words: Any = None) -> Any:
        import tensorflow as tf

        if self.pooling == FIRST:
            return self.hidden_states(ids, only_first=True, words=words)
        sums = tf.math.segment_sum(self.hidden_states(ids, words=words), ids.value_rowids())
        return sums / tf.cast(ids.row_lengths()[:, None], tf.float32)

    def head(self, states: Any) -> Any:
        """Return the logits float32 (n, k) for the `states` of n texts, float32 (n, width)."""
        head = self.encoder.head
        if head.dense:
            states = self._norms(self.dense(states, "head.dense", head.activation), "head.norm")
        return self.dense(states, "head.output")

    def hidden_states(self, ids: Any, only_first: bool = False, words: Any = None) -> Any:
        """Return the last hidden states of all m tokens (m, width), or of the first token of each text (n, width).

        Args:
            ids: the tokens of n texts, ragged int32 (n, None).
            only_first: whether the last layer is computed for the first tokens only, which saves time.
            words: the word vectors of the tokens, float32 (m, embedding width); None for their own.
        """
        layout = Layout(ids)
        hidden, scores = self._embedded(ids, layout, words), self._attention.of_texts(layout)
        for layer in range(self.encoder.layers):
            last = layer == self.encoder.layers - 1
            hidden = self._layer(hidden, layer, layout, scores, only_first=only_first and last)
        return self._norms(hidden, "final_norm")

    def _embedded(self, ids: Any, layout: Layout, words: Any = None) -> Any:
        import tensorflow as tf

        hidden = self.word_vectors(ids.values) if words is None else words
        if "positions" in self._embeddings:
            hidden += tf.gather(self._embeddings["positions"], self._positions(ids, layout))
        if self.encoder.projects_first:
            return self._norms(self.dense(hidden, "projection"), "embedding_norm")
        hidden = self._norms(hidden, "embedding_norm")
        return self.dense(hidden, "projection") if self.encoder.has("projection") else hidden

    def _positions(self, ids: Any, layout: Layout) -> Any:
        """Return the row of the position embeddings of each token, int64 (m,).

        Where positions begin after the padding token, a padding token that is written in a text has the position of
        padding and is not counted, as in transformers.
        """
        import tensorflow as tf

        if not self.encoder.first_position:
            return layout.places
        first = tf.constant(self.encoder.first_position, tf.int64)
        is_padding = ids.values == self.encoder.padding
        before = tf.cumsum(tf.cast(is_padding, tf.int64), exclusive=True)
        before -= tf.gather(before, tf.gather(layout.first, ids.value_rowids()))  # only those of the same text
        return tf.where(is_padding, first - 1, first + layout.places - before)

    def _layer(self, hidden: Any, layer: int, layout: Layout, scores: Scores, only_first: bool) -> Any:
        """Apply one layer to all tokens (m, width), or return it for the first token of each text (n, width)."""
        import tensorflow as tf

        attention_norm, outer_norm = f"layer.{layer}.attention_norm", f"layer.{layer}.outer_norm"
        norm_first = self.encoder.norm_first
        inputs = self._norms(hidden, attention_norm) if norm_first else hidden
        mixed = self.dense(self._context(inputs, layer, layout, scores, only_first), f"layer.{layer}.mixed")
        if only_first:
            hidden = tf.gather(hidden, layout.first)
        hidden = mixed + hidden
        if norm_first:
            return hidden + self._fed_forward(self._norms(hidden, outer_norm), layer)
        hidden = self._norms(hidden, attention_norm)
        return self._norms(self._fed_forward(hidden, layer) + hidden, outer_norm)

    def _fed_forward(self, inputs: Any, layer: int) -> Any:
        import tensorflow as tf

        inner, outer, activation = f"layer.{layer}.inner", f"layer.{layer}.outer", self.encoder.activation
        if not self.encoder.is_gated:
            return self.dense.fed_forward(inputs, inner, outer, activation)
        numbers, gate = tf.split(self.dense(inputs, inner), 2, axis=-1)
        return self.dense(activated(numbers, activation) * gate, outer)

    def _context(self, hidden: Any, layer: int, layout: Layout, scores: Scores, only_first: bool) -> Any:
        """Return the attention output of all tokens (m, width), or of the first token of each text (n, width)."""
        import tensorflow as tf

        heads, size = self.encoder.heads, self.width // self.encoder.heads
        joined = tf.reshape(self.dense(hidden, f"layer.{layer}.joined"), [-1, size])
        query, key, value = tf.unstack(tf.gather(joined, layout.apart(heads)))  # each (texts, heads, longest, size)
        if only_first:
            query = query[:, :, :1]
        context = tf.matmul(tf.nn.softmax(scores(layer, query, key, only_first)), value)
        if not only_first:
            context = tf.gather(tf.reshape(context, [-1, size]), layout.together(heads))
        return tf.reshape(context, [-1, self.width])
