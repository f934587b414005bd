"""The encoder of BERT in core TensorFlow operations."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

TEXTS_AT_ONCE = 64  # more would be no faster, and attention over thousands of texts takes gigabytes
EMBEDDINGS = "bert.embeddings"
WORDS, POSITIONS = f"{EMBEDDINGS}.word_embeddings.weight", f"{EMBEDDINGS}.position_embeddings.weight"
MASKED = -1e9  # added to the score of padding, whose share of attention then is exactly zero

Weights = dict[str, np.ndarray]


class EncoderGraph(ABC):
    """BertModel (Devlin et al. 2019) in eval mode, on texts that are packed one after the other.

    The dense layers read the tokens of all texts as rows of one matrix, without padding. Only attention, a small part
    of the work, reads each text by itself, padded to the longest.

    Args:
        weights: the weights by the names that transformers gives those of a BertForSequenceClassification; others are
            kept for the heads of subclasses.
        config: the content of config.json.

    Attributes:
        output: the name of the exported model's output.
        width: the length of a hidden state.
        variables: the weights by name, with kernels transposed; the saved module must hold them as an attribute.
    """

    output: ClassVar[str]

    def __init__(self, weights: Weights, config: dict[str, Any]) -> None:
        import tensorflow as tf

        self.heads, self.epsilon = config["num_attention_heads"], config["layer_norm_eps"]
        self.layers = [f"bert.encoder.layer.{number}" for number in range(config["num_hidden_layers"])]
        self.width = weights[WORDS].shape[1]
        arranged = self._arranged(weights)
        self.variables = {name: tf.Variable(weight) for name, weight in arranged.items()}

    @abstractmethod
    def answers(self, ids: Any) -> Any:
        """Return the output float32 (n, k) for token `ids`, ragged int32 (n, None)."""

    def _arranged(self, weights: Weights) -> Weights:
        """Transpose kernels, join query, key and value, and fold in the terms that are the same for every text."""
        dense = [name for name in weights if name.endswith(".weight") and weights[name].ndim == 2]
        arranged = weights | {name: weights[name].T for name in dense if "embeddings" not in name}
        token_types = arranged.pop(f"{EMBEDDINGS}.token_type_embeddings.weight")
        arranged[POSITIONS] = arranged[POSITIONS] + token_types[0]  # every token of a single text has the first type
        scale = 1 / math.sqrt(self.width // self.heads)
        for layer in self.layers:
            for part in ("weight", "bias"):
                names = [f"{layer}.attention.self.{name}.{part}" for name in ("query", "key", "value")]
                query, key, value = (arranged.pop(name) for name in names)
                arranged[f"{layer}.attention.self.{part}"] = np.concatenate([scale * query, key, value], axis=-1)
        return arranged

    def in_parts(self, ids: Any, answer: Callable[[Any], Any], width: int) -> Any:
        """Return `answer` for token `ids`, ragged int32 (n, None), computed a few texts at a time.

        Args:
            ids: the tokens of n texts.
            answer: returns float32 (m, width) for the tokens of m texts.
            width: the columns of an answer.
        """
        import tensorflow as tf

        count = ids.nrows()
        _, answers = tf.while_loop(
            lambda start, done: start < count,
            lambda start, done: (
                start + TEXTS_AT_ONCE,
                tf.concat([done, answer(ids[start : start + TEXTS_AT_ONCE])], axis=0),
            ),
            (tf.constant(0, tf.int64), tf.zeros([0, width])),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, width])),
            parallel_iterations=1,
        )
        return answers

    def hidden_states(self, ids: Any, only_first: bool = False) -> Any:
        """Return the last hidden states of all m tokens (m, width), or of the first token of each text (n, width).

        Args:
            ids: the tokens of n texts, ragged int32 (n, None).
            only_first: whether the last layer is computed for the first tokens only, which saves time.
        """
        import tensorflow as tf

        layout = _Layout(ids)
        hidden = tf.gather(self.variables[WORDS], ids.values) + tf.gather(self.variables[POSITIONS], layout.positions)
        hidden = self._normalised(hidden, f"{EMBEDDINGS}.LayerNorm")
        for layer in self.layers:
            hidden = self._layer(hidden, layer, layout, only_first=only_first and layer == self.layers[-1])
        return hidden

    def _layer(self, hidden: Any, layer: str, layout: "_Layout", only_first: bool) -> Any:
        """Apply one layer to all tokens (m, width), or return it for the first token of each text (n, width)."""
        import tensorflow as tf

        context = self._attention(hidden, layer, layout, only_first)
        if only_first:
            hidden = tf.gather(hidden, layout.first)
        attended = self.dense(context, f"{layer}.attention.output.dense") + hidden
        attended = self._normalised(attended, f"{layer}.attention.output.LayerNorm")
        inner = tf.nn.gelu(self.dense(attended, f"{layer}.intermediate.dense"), approximate=False)
        return self._normalised(self.dense(inner, f"{layer}.output.dense") + attended, f"{layer}.output.LayerNorm")

    def _attention(self, hidden: Any, layer: str, layout: "_Layout", only_first: bool) -> Any:
        """Return the attention output of all tokens (m, width), or of the first token of each text (n, width)."""
        import tensorflow as tf

        together = tf.gather(self.dense(hidden, f"{layer}.attention.self"), layout.padded)
        texts, longest = tf.shape(layout.padded)[0], tf.shape(layout.padded)[1]
        apart = tf.reshape(together, [texts, longest, 3, self.heads, self.width // self.heads])
        query, key, value = tf.unstack(tf.transpose(apart, [2, 0, 3, 1, 4]))  # each (texts, heads, longest, size)
        if only_first:
            query = query[:, :, :1]
        shares = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) + layout.mask)
        context = tf.reshape(tf.transpose(tf.matmul(shares, value), [0, 2, 1, 3]), [-1, self.width])
        return context if only_first else tf.gather(context, layout.packed)

    def dense(self, inputs: Any, name: str) -> Any:
        """Apply the dense layer called `name`."""
        import tensorflow as tf

        return tf.nn.bias_add(tf.matmul(inputs, self.variables[f"{name}.weight"]), self.variables[f"{name}.bias"])

    def _normalised(self, inputs: Any, name: str) -> Any:
        import tensorflow as tf

        mean, variance = tf.nn.moments(inputs, [-1], keepdims=True)
        scale = tf.math.rsqrt(variance + self.epsilon) * self.variables[f"{name}.weight"]
        return (inputs - mean) * scale + self.variables[f"{name}.bias"]


class _Layout:
    """The positions of the m tokens of n packed texts, and where they go when each text has a row of its own.

    Attributes:
        positions: int64 (m,), the position of each token in its text.
        first: int64 (n,), the row of each text's first token.
        padded: int64 (n, longest), the row of each token; row 0 for padding.
        packed: int64 (m,), the index of each token among the n * longest.
        mask: float32 (n, 1, 1, longest), `MASKED` for padding and 0 for tokens.
    """

    def __init__(self, ids: Any) -> None:
        import tensorflow as tf

        lengths, self.first = ids.row_lengths(), ids.row_starts()
        places = tf.range(tf.reduce_max(lengths))[None, :]
        inside = places < lengths[:, None]
        self.positions = tf.boolean_mask(tf.zeros_like(lengths)[:, None] + places, inside)
        self.padded = tf.where(inside, self.first[:, None] + places, 0)
        self.packed = tf.where(tf.reshape(inside, [-1]))[:, 0]
        self.mask = tf.where(inside, 0.0, MASKED)[:, None, None, :]
