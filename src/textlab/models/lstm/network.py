"""The Keras network of the LSTM family."""

from typing import Any

import numpy as np

POOLINGS = ("max", "attention", "last")


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
    """Build a Keras model from token numbers int32 (n, length), padded on the right with 0, to logits float32 (n, k).

    The LSTM layers keep the default activations, no recurrent dropout and padding on the right, because cuDNN's kernel
    on a GPU requires them.
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
        hidden = (keras.layers.Bidirectional(lstm, name=lstm.name) if bidirectional else lstm)(hidden)
    if pooling != "last":
        hidden = _pooling_layer(pooling, units)(hidden)
    hidden = keras.layers.Dropout(dropout)(hidden)
    return keras.Model(numbers, keras.layers.Dense(n_classes, name="logits")(hidden))


def _pooling_layer(pooling: str, units: int) -> Any:
    """Return a layer that reduces (n, length, width) to (n, width) and leaves out the padding."""
    import keras

    def kept(mask: Any) -> Any:
        """Return (n, length, 1): 0 for a token and a large negative number for padding."""
        return (1.0 - keras.ops.cast(mask, "float32"))[:, :, None] * -1e9

    class Pooling(keras.layers.Layer):
        supports_masking = True

        def compute_mask(self, inputs: Any, mask: Any = None) -> None:
            """Return no mask, as no time steps are left."""

    class MaxPooling(Pooling):
        def call(self, inputs: Any, mask: Any = None) -> Any:
            return keras.ops.max(inputs + kept(mask), axis=1)

    class AttentionPooling(Pooling):
        """Weighs each time step: Yang et al. 2016, "Hierarchical attention networks", equations 5 to 7."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.project = keras.layers.Dense(units, activation="tanh")
            self.score = keras.layers.Dense(1, use_bias=False)

        def build(self, shape: Any) -> None:
            self.project.build(shape)
            self.score.build((*shape[:-1], units))

        def call(self, inputs: Any, mask: Any = None) -> Any:
            weights = keras.ops.softmax(self.score(self.project(inputs)) + kept(mask), axis=1)
            return keras.ops.sum(inputs * weights, axis=1)

    return {"max": MaxPooling, "attention": AttentionPooling}[pooling](name=pooling)
