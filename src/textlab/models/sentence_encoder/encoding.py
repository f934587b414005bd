"""A BERT that only encodes: what transformers computes in eval mode, arranged so that a CPU computes it fast."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from textlab.models.transformer.batches import DeviceTokens, Tokens
from textlab.models.transformer.pooling import pooled

TOKENS_AT_ONCE = {"cpu": 2048, "cuda": 65_536}  # on a CPU, the hidden states of a batch then fit into its caches
SHORT = 64  # tokens up to which two plain products are faster on a CPU than torch's fused attention


def token_batches(lengths: np.ndarray, tokens_at_once: int) -> list[np.ndarray]:
    """Return rows in batches of similar length, the shortest first, with so many tokens at most but at least a row."""
    order = np.argsort(lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        ahead = lengths[order[start : start + tokens_at_once]]
        fitting = np.arange(1, len(ahead) + 1) * ahead <= tokens_at_once
        size = max(1, int(fitting.sum()))
        batches.append(order[start : start + size])
        start += size
    return batches


class Encoding:
    """Computes unit vectors with the weights of a BERT.

    Query, key and value are one product, oneDNN computes a product and its activation at once, and attention over
    short texts takes two plain products.

    Args:
        network: a `transformers.BertModel`; its weights are copied as far as they are rearranged.
        pooling: "mean" or "first".
        device: the torch device of the network.
        bfloat16: whether to compute in bfloat16, which is faster where the processor has instructions for it.
    """

    def __init__(self, network: Any, pooling: str, device: Any, bfloat16: bool = False) -> None:
        import torch

        config = network.config
        self._device, self._pooling, self._padding = device, pooling, config.pad_token_id
        self._heads, self._epsilon = config.num_attention_heads, config.layer_norm_eps
        self._type = torch.bfloat16 if bfloat16 else torch.float32
        self._one_dnn = device.type == "cpu" and torch.backends.mkldnn.is_available()
        weights = {name: weight.detach() for name, weight in network.state_dict().items()}
        embeddings = "embeddings"
        self._words = weights[f"{embeddings}.word_embeddings.weight"]
        types = weights[f"{embeddings}.token_type_embeddings.weight"]
        self._positions = weights[f"{embeddings}.position_embeddings.weight"] + types[0]
        self._first_norm = self._norm(weights, f"{embeddings}.LayerNorm")
        self._layers = [self._layer(weights, f"encoder.layer.{each}") for each in range(config.num_hidden_layers)]

    def vectors(self, tokens: Tokens, title: str = "") -> np.ndarray:
        """Return the unit vectors of n texts, float32 (n, width).

        Args:
            tokens: the word pieces of n texts.
            title: the title of a progress bar; "" for none.
        """
        import torch
        from tqdm.auto import tqdm

        count = len(tokens.lengths)
        found = np.empty((count, self._words.shape[1]), np.float32)
        with torch.inference_mode(), tqdm(total=count, desc=title, unit=" texts", disable=not title) as bar:
            for rows, vectors in self._batches(tokens):
                found[rows] = vectors.cpu().numpy()
                bar.update(len(rows))
        return found

    def _batches(self, tokens: Tokens) -> Iterator[tuple[np.ndarray, Any]]:
        if not len(tokens.lengths):
            return
        sent = DeviceTokens(tokens, self._padding, self._device)
        buckets = token_batches(tokens.lengths, TOKENS_AT_ONCE[self._device.type])
        for rows, batch in zip(buckets, sent.batches(buckets), strict=True):
            numbers, mask = sent.gather(batch)
            yield rows, pooled(self._hidden(numbers, mask), mask, self._pooling)

    def _hidden(self, numbers: Any, mask: Any) -> Any:
        hidden = self._words[numbers] + self._positions[: numbers.shape[1]]
        hidden = self._normalised(hidden, self._first_norm).to(self._type)
        for layer in self._layers:
            context = self._attention(self._dense(hidden, layer["joined"]), mask)
            hidden = self._normalised(self._dense(context, layer["mixed"]) + hidden, layer["mixed_norm"])
            inner = self._dense(hidden, layer["inner"], "gelu")
            hidden = self._normalised(self._dense(inner, layer["outer"]) + hidden, layer["outer_norm"])
        return hidden

    def _attention(self, joined: Any, mask: Any) -> Any:
        """Return the attention output (b, length, width) for query, key and value side by side; the query is scaled."""
        import torch

        texts, length, _ = joined.shape
        query, key, value = joined.view(texts, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        if self._device.type == "cpu" and length <= SHORT:
            scores = torch.matmul(query, key.transpose(2, 3))
            if mask is not None:
                scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
            context = torch.matmul(torch.softmax(scores, -1), value)
        else:
            context = torch.nn.functional.scaled_dot_product_attention(query, key, value, mask, scale=1.0)
        return context.transpose(1, 2).reshape(texts, length, -1)

    def _dense(self, hidden: Any, weights: Sequence[Any], activation: str = "none") -> Any:
        import torch

        weight, bias = weights
        if self._one_dnn:
            return torch.ops.mkldnn._linear_pointwise(hidden, weight, bias, activation, [], "none")
        output = torch.nn.functional.linear(hidden, weight, bias)
        return torch.nn.functional.gelu(output) if activation == "gelu" else output

    def _normalised(self, hidden: Any, weights: Sequence[Any]) -> Any:
        import torch

        weight, bias = weights
        return torch.nn.functional.layer_norm(hidden, hidden.shape[-1:], weight, bias, self._epsilon)

    def _layer(self, weights: dict[str, Any], name: str) -> dict[str, Sequence[Any]]:
        import torch

        scale = 1 / math.sqrt(self._words.shape[1] // self._heads)
        joined = []
        for part in ("weight", "bias"):
            names = [f"{name}.attention.self.{each}.{part}" for each in ("query", "key", "value")]
            query, key, value = (weights[each] for each in names)
            joined.append(torch.cat([scale * query, key, value]).to(self._type))
        return {
            "joined": joined,
            "mixed": self._pair(weights, f"{name}.attention.output.dense"),
            "mixed_norm": self._norm(weights, f"{name}.attention.output.LayerNorm", self._type),
            "inner": self._pair(weights, f"{name}.intermediate.dense"),
            "outer": self._pair(weights, f"{name}.output.dense"),
            "outer_norm": self._norm(weights, f"{name}.output.LayerNorm", self._type),
        }

    def _pair(self, weights: dict[str, Any], name: str) -> list[Any]:
        return [weights[f"{name}.{part}"].to(self._type) for part in ("weight", "bias")]

    def _norm(self, weights: dict[str, Any], name: str, kind: Any = None) -> list[Any]:
        return [weights[f"{name}.{part}"].to(kind) for part in ("weight", "bias")]
