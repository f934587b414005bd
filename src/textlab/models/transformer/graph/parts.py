"""The weights of an encoder by the parts that they play, arranged for the graph with NumPy."""

import numpy as np

from textlab.models.transformer.description import Encoder

Weights = dict[str, np.ndarray]


class Parts:
    """The weights of an encoder, with what is the same for every text computed beforehand.

    Args:
        weights: float32 arrays by the names of the checkpoint.
        encoder: the description of the encoder.
    """

    def __init__(self, weights: Weights, encoder: Encoder) -> None:
        self._weights, self._encoder = weights, encoder

    def weight(self, part: str, layer: int | None = None) -> np.ndarray:
        """Return a weight as the checkpoint holds it: (outputs, inputs) for dense layers."""
        return self._weights[f"{self._encoder.name(part, layer)}.weight"]

    def bias(self, part: str, layer: int | None = None) -> np.ndarray | None:
        """Return a bias (outputs,); None if there is none."""
        return self._weights.get(f"{self._encoder.name(part, layer)}.bias")

    def named(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the transposed weight and the bias of a layer by the checkpoint's full name."""
        return self._weights[f"{name}.weight"].T, self._weights.get(f"{name}.bias")

    def holds(self, part: str, layer: int | None = None) -> bool:
        """Return whether there is such a part; a layer may lack one that others have."""
        return self._encoder.has(part) and f"{self._encoder.name(part, layer)}.weight" in self._weights

    def words(self) -> np.ndarray:
        """Return the word embeddings (vocabulary, embedding_width), with the token type where positions lack."""
        return self.weight("words") + (0 if self.holds("positions") else self._token_type())

    def positions(self) -> np.ndarray | None:
        """Return the position embeddings (positions, embedding_width) with the token type; None if there are none."""
        return self.weight("positions") + self._token_type() if self.holds("positions") else None

    def _token_type(self) -> np.ndarray | float:
        """Every token of a single text has the first type."""
        return self.weight("types")[0] if self.holds("types") else 0.0

    def joined(self, layer: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the kernel (width, 3 width) and the bias (3 width,) that give query, key and value side by side.

        Queries are scaled, so that dot products with keys need no scaling.
        """
        if self._encoder.has("joined"):
            weight, bias = self.weight("joined", layer), self.bias("joined", layer)
        else:
            three = ("query", "key", "value")
            weight = np.concatenate([self.weight(part, layer) for part in three])
            biases = [bias for part in three if (bias := self.bias(part, layer)) is not None]
            bias = np.concatenate(biases) if biases else None
        factors = np.repeat(np.array([self._encoder.score_scale, 1, 1], np.float32), self._encoder.width)
        return weight.T * factors, None if bias is None else bias * factors

    def relative_keys(self, layer: int) -> np.ndarray:
        """Return the keys of relative positions in a layer, float32 (heads, positions, size)."""
        return self._projected(self._own("position_key", "key"), layer)

    def relative_queries(self, layer: int) -> np.ndarray:
        """Return the scaled queries of relative positions in a layer, float32 (heads, positions, size)."""
        return np.float32(self._encoder.score_scale) * self._projected(self._own("position_query", "query"), layer)

    def _own(self, part: str, shared: str) -> str:
        return part if self._encoder.has(part) else shared

    def _projected(self, part: str, layer: int) -> np.ndarray:
        encoder, relative = self._encoder, self.weight("relative").astype(np.float64)
        if encoder.has("relative_norm"):
            centred = relative - relative.mean(axis=1, keepdims=True)
            relative = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + encoder.epsilon)
            relative = relative * self.weight("relative_norm") + self.bias("relative_norm")
        bias = self.bias(part, layer)
        projected = relative @ self.weight(part, layer).T.astype(np.float64) + (0 if bias is None else bias)
        apart = projected.reshape(len(relative), encoder.heads, encoder.width // encoder.heads)
        return np.ascontiguousarray(apart.transpose(1, 0, 2), np.float32)
