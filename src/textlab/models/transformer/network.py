"""The network of an encoder in torch: one computation for all architectures, around a model of transformers."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from textlab.models.transformer.architectures import describe
from textlab.models.transformer.attention import RelativePositions, attended, relative_positions, seen
from textlab.models.transformer.description import FIRST, Encoder
from textlab.models.transformer.distances import relative_rows
from textlab.models.transformer.operations import Affine, WordEmbeddings, activated, dense, dropped

PROJECTIONS = ("query", "key", "value")  # in the order in which they are joined


class EncoderNetwork:
    """Computes an encoder and its classification head from the parameters of a model of transformers.

    The model keeps the parameters, loads and saves them. Its own computation is not used, because this one is faster on
    a CPU: it copies less, draws fewer random numbers, and computes the last layer for the first token alone where the
    head reads no other. In training, it drops numbers where transformers drops them.

    Args:
        model: a model of transformers with or without a head, on the device where it computes; in training, its mode
            says whether numbers are dropped.
        description: the description of the model; None reads it from the model's configuration.
    """

    def __init__(self, model: Any, description: Encoder | None = None) -> None:
        import torch

        self.model = model
        self.encoder = encoder = describe(model.config.to_dict()) if description is None else description
        base, layered = model.base_model, [part for part in encoder.names if "{layer}" in encoder.names[part]]
        self._parts = {part: Affine.of(base, encoder.names[part]) for part in encoder.names if part not in layered}
        self._layers = [
            {part: Affine.of(base, encoder.names[part].format(layer=layer)) for part in layered}
            for layer in range(encoder.layers)
        ]
        head = encoder.head
        self._head = {name: Affine.of(model, name) for name in (head.dense, head.norm, head.output) if name}
        self._words = WordEmbeddings(self._parts["words"].weight, model.get_input_embeddings().padding_idx)
        self._shares = _dropout_shares(encoder, model.config)
        self._scale = encoder.score_scale
        self._rows = torch.from_numpy(relative_rows(encoder)) if encoder.has("relative") else None
        self._type: Any = None

    def __call__(self, numbers: Any, mask: Any = None) -> Any:
        """Return logits (b, k); see `hidden` for the arguments."""
        return self.head(self.states(numbers, mask))

    def train(self) -> None:
        """Drop numbers from now on."""
        self.model.train()

    def eval(self) -> None:
        """Drop no numbers from now on."""
        self.model.eval()

    def hidden(self, numbers: Any, mask: Any = None, only_first: bool = False) -> Any:
        """Return the last hidden states, (b, length, width); those of padding mean nothing.

        Args:
            numbers: the tokens, int64 (b, length), or the vectors of their words, (b, length, embedding_width).
            mask: bool (b, 1, 1, length), False for padding; None if there is none.
            only_first: whether to compute the last layer for the first token alone: (b, 1, width).
        """
        hidden = self._embedded(numbers)
        length = hidden.shape[1]
        share, masks = self._share("relative"), {}
        relative = relative_positions(
            self.encoder, self._parts, self._rows, self._positional, length, self._scale, share
        )
        for layer in range(self.encoder.layers):
            queries = 1 if only_first and layer == self.encoder.layers - 1 else length
            window = self.encoder.windows[layer] if self.encoder.windows else None
            if (window, queries) not in masks:
                masks[window, queries] = seen(mask, window, queries, length, hidden.device)
            hidden = self._layer(layer, hidden, queries, relative, masks[window, queries])
        return self._normalised(hidden, self._parts.get("final_norm"))

    def states(self, numbers: Any, mask: Any = None) -> Any:
        """Return the states (b, width) that the head reads; see `hidden` for the arguments."""
        if self.encoder.head.pooling == FIRST:
            return self.hidden(numbers, mask, only_first=True)[:, 0]
        hidden = self.hidden(numbers, mask)
        if mask is None:
            return hidden.mean(1)
        real = mask[:, 0, 0, :, None].to(hidden.dtype)
        return (hidden * real).sum(1) / real.sum(1)

    def head(self, states: Any) -> Any:
        """Return logits (b, k) of states (b, width)."""
        return dense(dropped(self.features(states), self._share("output")), self._head[self.encoder.head.output])

    def features(self, states: Any) -> Any:
        """Return what the last layer reads, (b, width), of states (b, width)."""
        head = self.encoder.head
        if head.dense:
            states = dense(dropped(states, self._share("pooled")), self._head[head.dense], head.activation)
        return self._normalised(states, self._head.get(head.norm))

    def set_last_layer(self, weights: np.ndarray, biases: np.ndarray) -> None:
        """Overwrite the layer that gives the logits: float32 (k, width) and (k,)."""
        import torch

        layer = self._head[self.encoder.head.output]
        layer.weight.data.copy_(torch.from_numpy(weights))
        layer.bias.data.copy_(torch.from_numpy(biases))

    def word_vectors(self, numbers: Any) -> Any:
        """Return the vectors of words, (b, length, embedding_width), of tokens int64 (b, length)."""
        return self._words(numbers)

    def vocabulary(self) -> Any:
        """Return the vectors of all words without a gradient, (words, width); narrow ones are projected."""
        vectors, projection = self._parts["words"].weight.detach(), self._parts.get("projection")
        return vectors if projection is None else vectors @ projection.weight.detach().T

    def arranged(self, bfloat16: bool = False) -> "EncoderNetwork":
        """Return a network without dropout whose copied weights a CPU multiplies faster; it has no head.

        Query, key and value are one product, which contains the scale of the scores.

        Args:
            bfloat16: whether the layers compute in bfloat16.
        """
        import torch

        arranged = copy.copy(self)
        arranged._type = torch.bfloat16 if bfloat16 else torch.float32
        arranged._shares, arranged._head, arranged._scale = {}, {}, 1.0
        arranged._words = WordEmbeddings(self._parts["words"].weight.detach(), None)
        with torch.no_grad():
            arranged._layers = [self._arranged_layer(layer, arranged._type) for layer in self._layers]
            changed = {"relative", "relative_norm", "final_norm"} & self._parts.keys()
            arranged._parts = self._parts | {part: self._parts[part].cast(arranged._type) for part in changed}
        return arranged

    def _arranged_layer(self, layer: Mapping[str, Affine], kind: Any) -> dict[str, Affine]:
        import torch

        apart = {part: self._projection(layer, part) for part in PROJECTIONS}
        apart["query"] = apart["query"].scaled(self._scale)
        weights, biases = zip(*apart.values(), strict=True)
        joined = Affine(torch.cat(weights), None if biases[0] is None else torch.cat(biases))
        others = {part: each for part, each in layer.items() if part not in PROJECTIONS}
        if "position_query" in layer:
            others["position_query"] = layer["position_query"].scaled(self._scale)
        return {part: each.cast(kind) for part, each in (others | {"joined": joined}).items()}

    def _share(self, place: str) -> float:
        return self._shares.get(place, 0.0) if self.model.training else 0.0

    def _embedded(self, numbers: Any) -> Any:
        hidden, parts = numbers if numbers.is_floating_point() else self._words(numbers), self._parts
        if "positions" in parts:
            rows = self._positions(numbers, parts["positions"].weight)
            hidden = hidden + (rows + parts["types"].weight[0] if "types" in parts else rows)
        elif "types" in parts:
            hidden = hidden + parts["types"].weight[0]
        if self.encoder.projects_first:
            hidden = self._normalised(dense(hidden, parts["projection"]), parts["embedding_norm"])
            hidden = dropped(hidden, self._share("embeddings"))
        else:
            hidden = dropped(self._normalised(hidden, parts["embedding_norm"]), self._share("embeddings"))
            hidden = dense(hidden, parts["projection"]) if "projection" in parts else hidden
        return hidden if self._type is None else hidden.to(self._type)

    def _positions(self, numbers: Any, weight: Any) -> Any:
        """Return the vectors of positions, (length, width), or (b, length, width) where a text holds a padding token.

        Where positions begin after the padding token, transformers does not count padding, even within a text.
        """
        import torch

        first, length = self.encoder.first_position, numbers.shape[1]
        if first and not numbers.is_floating_point():
            counted = numbers != self.encoder.padding
            if numbers.device.type != "cpu" or not bool((counted[:, 1:] <= counted[:, :-1]).all()):
                return torch.nn.functional.embedding(counted.cumsum(1) * counted + first - 1, weight)
        return weight[first : first + length]

    def _layer(self, number: int, hidden: Any, queries: int, relative: RelativePositions, mask: Any) -> Any:
        layer, norm_first = self._layers[number], self.encoder.norm_first
        read = self._normalised(hidden, layer["attention_norm"]) if norm_first else hidden
        query, key, value = self._projected(layer, read, queries)
        query, key, added = relative(number, query, key)
        context = attended(query, key, value, added, mask, self._share("attention"))
        hidden = dropped(dense(context, layer["mixed"]), self._share("mixed")) + hidden[:, :queries]
        if norm_first:
            return self._fed_forward(layer, self._normalised(hidden, layer["outer_norm"])) + hidden
        hidden = self._normalised(hidden, layer["attention_norm"])
        return self._normalised(self._fed_forward(layer, hidden) + hidden, layer["outer_norm"])

    def _projected(self, layer: Mapping[str, Affine], hidden: Any, queries: int) -> tuple[Any, Any, Any]:
        """Return scaled queries (b, heads, queries, d), keys and values (b, heads, length, d)."""
        width, heads = self.encoder.width, self.encoder.heads

        def split(numbers: Any, parts: int) -> Any:
            return numbers.unflatten(-1, (parts, heads, -1)).permute(2, 0, 3, 1, 4)

        if queries == hidden.shape[1] and "joined" in layer:
            query, key, value = split(dense(hidden, layer["joined"]), 3)
        elif "joined" in layer:
            (query,) = split(dense(hidden[:, :queries], layer["joined"].rows(0, width)), 1)
            key, value = split(dense(hidden, layer["joined"].rows(width)), 2)
        else:
            query, key, value = (
                split(dense(hidden[:, :queries] if part == "query" else hidden, layer[part]), 1)[0]
                for part in PROJECTIONS
            )
        return query if self._scale == 1.0 else query * self._scale, key, value

    def _projection(self, layer: Mapping[str, Affine], part: str) -> Affine:
        """Return the weights of query, key or value, which may be joined."""
        if "joined" not in layer:
            return layer[part]
        start = PROJECTIONS.index(part) * self.encoder.width
        return layer["joined"].rows(start, start + self.encoder.width)

    def _positional(self, number: int, part: str) -> Affine:
        """Return the weights that project relative positions as queries or keys; some encoders have none for them."""
        layer = self._layers[number]
        return layer[f"position_{part}"] if f"position_{part}" in layer else self._projection(layer, part)

    def _fed_forward(self, layer: Mapping[str, Affine], hidden: Any) -> Any:
        activation = self.encoder.activation
        if self.encoder.is_gated:
            inner, gate = dense(hidden, layer["inner"]).chunk(2, -1)
            inner = dropped(activated(inner, activation) * gate, self._share("inner"))
        else:
            inner = dense(hidden, layer["inner"], activation)
        return dropped(dense(inner, layer["outer"]), self._share("outer"))

    def _normalised(self, hidden: Any, norm: Affine | None) -> Any:
        import torch

        if norm is None or norm.weight is None:
            return hidden
        return torch.nn.functional.layer_norm(hidden, hidden.shape[-1:], norm.weight, norm.bias, self.encoder.epsilon)


def _dropout_shares(encoder: Encoder, config: Any) -> dict[str, float]:
    """Return the share of numbers that is dropped in each place; a head without its own has that of embeddings."""
    shares: dict[str, Any] = {place: getattr(config, name, None) for place, name in encoder.dropout.items()}
    usual = float(shares["embeddings"])
    return {place: usual if share is None else float(share) for place, share in shares.items()}
