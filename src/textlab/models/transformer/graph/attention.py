"""The scores of attention: between contents alone, and with each kind of relative positions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from textlab.models.transformer.description import Disentangled, Encoder, RelativeBias, Rotary
from textlab.models.transformer.distances import relative_rows, rotations
from textlab.models.transformer.graph.layout import Layout
from textlab.models.transformer.graph.parts import Parts

Scores = Callable[[int, Any, Any, bool], Any]


class ContentScores:
    """The scores of dot products (Vaswani et al. 2017, "Attention is all you need", equation 1).

    Args:
        encoder: the description of the encoder.
        parts: its weights; queries are scaled already.

    Attributes:
        variables: the tables by name; the saved module must hold them as an attribute.
    """

    def __init__(self, encoder: Encoder, parts: Parts) -> None:
        self.encoder = encoder
        self.variables: dict[str, Any] = {}

    def of_texts(self, layout: Layout) -> Scores:
        """Return a function that computes the scores of the texts in a layer.

        Its arguments are the layer's number, queries (n, heads, q, size), keys (n, heads, longest, size), and whether
        q is 1, the first token alone, rather than longest. It returns float32 (n, heads, q, longest).
        """
        import tensorflow as tf

        windows = self.encoder.windows or (None,) * self.encoder.layers
        masks = {window: self._added(layout, window) for window in set(windows)}

        def scores(layer: int, query: Any, key: Any, only_first: bool) -> Any:
            mask = masks[windows[layer]]
            return tf.matmul(query, key, transpose_b=True) + (mask[:, :, :1] if only_first else mask)

        return scores

    def _added(self, layout: Layout, window: int | None) -> Any:
        """Return what is added to the scores in layers with this window."""
        return layout.mask(window)

    def _keep(self, name: str, table: np.ndarray) -> Any:
        """Return a variable with the numbers of a table."""
        import tensorflow as tf

        self.variables[name] = tf.Variable(table, trainable=False)
        return self.variables[name]


class BiasedScores(ContentScores):
    """Scores with a bias for each head and bucket of distances (Raffel et al. 2020, section 2.1)."""

    def __init__(self, encoder: Encoder, parts: Parts) -> None:
        super().__init__(encoder, parts)
        self._biases = self._keep("relative", parts.weight("relative")[relative_rows(encoder)].T)  # (heads, distances)

    def _added(self, layout: Layout, window: int | None) -> Any:
        import tensorflow as tf

        return layout.mask(window) + tf.gather(self._biases, layout.distances() + self.encoder.longest, axis=1)


class RotaryScores(ContentScores):
    """The scores of queries and keys that are rotated by their positions (Su et al. 2021, equation 34)."""

    def __init__(self, encoder: Encoder, parts: Parts) -> None:
        super().__init__(encoder, parts)
        assert isinstance(encoder.relative, Rotary)
        self._bases = encoder.relative.bases
        self._tables = {
            base: self._keep(
                f"rotations.{base:g}", np.stack(rotations(encoder.longest, encoder.width // encoder.heads, base))
            )
            for base in sorted(set(self._bases))
        }

    def of_texts(self, layout: Layout) -> Scores:
        import tensorflow as tf

        of_contents = super().of_texts(layout)
        angles = {base: tf.unstack(table[:, : layout.longest]) for base, table in self._tables.items()}

        def rotated(numbers: Any, cosines: Any, sines: Any) -> Any:
            left, right = tf.split(numbers, 2, axis=-1)
            return tf.concat([left * cosines - right * sines, right * cosines + left * sines], axis=-1)

        def scores(layer: int, query: Any, key: Any, only_first: bool) -> Any:
            cosines, sines = angles[self._bases[layer]]
            if not only_first:  # the first token's angle is zero
                query = rotated(query, cosines, sines)
            return of_contents(layer, query, rotated(key, cosines, sines), only_first)

        return scores


class DisentangledScores(ContentScores):
    """Scores of contents with contents and with relative positions (He et al. 2021, equation 4).

    The projections of relative positions are the same for every text, so they are computed when the graph is built.
    """

    def __init__(self, encoder: Encoder, parts: Parts) -> None:
        super().__init__(encoder, parts)
        assert isinstance(encoder.relative, Disentangled)
        self._rows = relative_rows(encoder)
        self._keys: list[Any] = []
        self._queries: list[Any] = []
        for layer in range(encoder.layers):
            if encoder.relative.content_to_position:
                keys = parts.relative_keys(layer)
                self._keys.append(self._keep(f"layer.{layer}.position_keys", keys))
            if encoder.relative.position_to_content:
                queries = parts.relative_queries(layer)
                self._queries.append(self._keep(f"layer.{layer}.position_queries", queries))

    def of_texts(self, layout: Layout) -> Scores:
        import tensorflow as tf

        of_contents, longest = super().of_texts(layout), layout.longest
        rows = tf.constant(self._rows)  # the distances begin at -encoder.longest
        steps = tf.range(2 * longest)
        falling = tf.gather(rows, self.encoder.longest + longest - 1 - steps)  # the distances fall from longest - 1
        rising = tf.gather(rows, self.encoder.longest - longest + 1 + steps)
        behind = tf.gather(rows, self.encoder.longest - tf.range(longest))  # the first token's place is 0

        def first(layer: int, query: Any, key: Any) -> Any:
            scores = of_contents(layer, query, key, True)
            if self._keys:
                scores += tf.matmul(query, tf.gather(self._keys[layer], behind, axis=1)[None], transpose_b=True)
            if self._queries:
                scores += tf.reduce_sum(key * tf.gather(self._queries[layer], behind, axis=1), axis=-1)[:, :, None, :]
            return scores

        def scores(layer: int, query: Any, key: Any, only_first: bool) -> Any:
            if only_first:
                return first(layer, query, key)
            scores = of_contents(layer, query, key, False)
            if self._keys:
                keys = tf.gather(self._keys[layer], falling, axis=1)[None]
                scores += _skewed(tf.matmul(query, keys, transpose_b=True), longest)
            if self._queries:
                queries = tf.gather(self._queries[layer], rising, axis=1)[None]
                scores += tf.linalg.matrix_transpose(_skewed(tf.matmul(key, queries, transpose_b=True), longest))
            return scores

        return scores


def _skewed(numbers: Any, longest: Any) -> Any:
    """Return (n, heads, longest, longest) with [i, j] from [i, longest - 1 - i + j] of (n, heads, longest, 2 longest).

    Each row begins one number further left than the row above, so a view of rows that are one number shorter does it
    (Huang et al. 2018, "Music Transformer", section 3.4.1).
    """
    import tensorflow as tf

    texts, heads = tf.shape(numbers, tf.int64)[0], numbers.shape[1]
    flat = tf.reshape(numbers, [texts, heads, 2 * longest * longest])
    flat = flat[:, :, longest - 1 : longest - 1 + longest * (2 * longest - 1)]
    return tf.reshape(flat, [texts, heads, longest, 2 * longest - 1])[..., :longest]


def attention_scores(encoder: Encoder, parts: Parts) -> ContentScores:
    """Return the scores of the encoder's kind of attention."""
    kinds = {RelativeBias: BiasedScores, Rotary: RotaryScores, Disentangled: DisentangledScores}
    return kinds.get(type(encoder.relative), ContentScores)(encoder, parts)
