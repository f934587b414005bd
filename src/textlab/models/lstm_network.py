"""The Keras network of the LSTM family, and batches of token numbers bucketed by length."""

from collections.abc import Sequence
from typing import Any

import numpy as np

PADDING, UNKNOWN, FIRST_WORD = 0, 1, 2  # token numbers; a text without tokens counts as one unknown word
BATCHES_SORTED_TOGETHER = 50  # sorted within such a stretch, batches are nearly free of padding and still random


def build_network(
    embedding_matrix: np.ndarray,
    n_classes: int,
    *,
    units: int,
    layers: int,
    bidirectional: bool,
    dropout: float,
    pooling: str,
    train_vectors: bool,
) -> Any:
    """A Keras model from token numbers int32 (n, length), padded on the right with 0, to logits float32 (n, k).

    The LSTM layers keep Keras' defaults of activation, no recurrent dropout and right padding, as cuDNN's kernel on a
    GPU requires.
    """
    import keras

    numbers = keras.Input((None,), dtype="int32", name="token_numbers")
    embedding = keras.layers.Embedding(
        *embedding_matrix.shape, mask_zero=True, weights=[embedding_matrix], trainable=train_vectors, name="vectors"
    )
    hidden = keras.layers.SpatialDropout1D(dropout)(embedding(numbers))
    for layer in range(layers):
        last = layer == layers - 1
        lstm = keras.layers.LSTM(units, return_sequences=not (last and pooling == "last"), name=f"lstm_{layer}")
        hidden = (keras.layers.Bidirectional(lstm, name=f"bidirectional_{layer}") if bidirectional else lstm)(hidden)
    if pooling != "last":
        hidden = _pooling_layer(pooling, units)(hidden)
    hidden = keras.layers.Dropout(dropout)(hidden)
    return keras.Model(numbers, keras.layers.Dense(n_classes, name="logits")(hidden))


def _pooling_layer(pooling: str, units: int) -> Any:
    """Many time steps as one: (n, length, width) to (n, width), leaving out the padding."""
    import keras

    def kept(mask: Any) -> Any:
        """0 for a token and a large negative number for padding, (n, length, 1)."""
        return (1.0 - keras.ops.cast(mask, "float32"))[:, :, None] * -1e9

    class Pooling(keras.layers.Layer):
        supports_masking = True

        def compute_mask(self, inputs: Any, mask: Any = None) -> None:
            """No time steps are left, so no mask either."""

    class MaxPooling(Pooling):
        def call(self, inputs: Any, mask: Any = None) -> Any:
            return keras.ops.max(inputs + kept(mask), axis=1)

    class AttentionPooling(Pooling):
        """A learnt weight for each time step: Yang et al. 2016, "Hierarchical attention networks", equations 5 to 7."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.project = keras.layers.Dense(units, activation="tanh")
            self.score = keras.layers.Dense(1, use_bias=False)

        def call(self, inputs: Any, mask: Any = None) -> Any:
            weights = keras.ops.softmax(self.score(self.project(inputs)) + kept(mask), axis=1)
            return keras.ops.sum(inputs * weights, axis=1)

    return {"max": MaxPooling, "attention": AttentionPooling}[pooling](name=pooling)


def pad(numbers: Sequence[Sequence[int]]) -> np.ndarray:
    """Token numbers as int32 (n, longest), padded on the right; a text without tokens is one unknown word."""
    length = max([1, *map(len, numbers)])
    padded = np.full((len(numbers), length), PADDING, np.int32)
    for row, text in enumerate(numbers):
        padded[row, : max(len(text), 1)] = text or UNKNOWN
    return padded


def length_buckets(lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Rows in batches of like length, the shortest first: for prediction."""
    order = np.argsort(lengths, kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def shuffled_buckets(lengths: np.ndarray, batch_size: int, random: np.random.Generator) -> list[np.ndarray]:
    """Rows in random batches of like length: sorted only within stretches of 50 batches."""
    order = random.permutation(len(lengths))
    stretch = batch_size * BATCHES_SORTED_TOGETHER
    parts = [order[start : start + stretch] for start in range(0, len(order), stretch)]
    batches = [part[batch] for part in parts for batch in length_buckets(lengths[part], batch_size)]
    return [batches[position] for position in random.permutation(len(batches))]


def training_batches(
    numbers: Sequence[Sequence[int]], labels: np.ndarray, weights: np.ndarray, batch_size: int, seed: int
) -> Any:
    """A `keras.utils.PyDataset` of (padded numbers, labels, weights), in another order each epoch."""
    import keras

    lengths = np.array([len(text) for text in numbers])
    random = np.random.default_rng(seed)

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__()
            self.on_epoch_end()

        def on_epoch_end(self) -> None:
            self.batches = shuffled_buckets(lengths, batch_size, random)

        def __len__(self) -> int:
            return len(self.batches)

        def __getitem__(self, position: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            batch = self.batches[position]
            return pad([numbers[row] for row in batch]), labels[batch], weights[batch]

    return Batches()
