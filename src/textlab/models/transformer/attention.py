"""Attention: the scores of tokens for each other, with the kinds of relative positions that encoders know."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from textlab.models.transformer.description import Disentangled, Encoder, RelativeBias, Rotary
from textlab.models.transformer.operations import Affine, dense, dropped

SHORT = 64  # tokens up to which two plain products are faster on a CPU than torch's fused attention
# Takes the number of a layer, queries (b, heads, q, d) of the first q tokens and keys (b, heads, length, d). Returns
# both and what is added to their scores, (b or 1, heads, q, length), or None.
RelativePositions = Callable[[int, Any, Any], tuple[Any, Any, Any]]
Projection = Callable[[int, str], Affine]  # takes the number of a layer, and "query" or "key"


def attended(query: Any, key: Any, value: Any, added: Any, mask: Any, dropout: float) -> Any:
    """Compute attention: Vaswani et al. 2017, "Attention is all you need", equation 1.

    Args:
        query: (b, heads, q, d), scaled already.
        key, value: (b, heads, length, d).
        added: what is added to the scores, (b or 1, heads, q, length); None for nothing.
        mask: bool, broadcast to (b, heads, q, length), False for what is not seen; None for none.
        dropout: the share of weights that is dropped.

    Returns:
        (b, q, heads * d).
    """
    import torch

    if query.device.type == "cpu" and (torch.is_grad_enabled() or key.shape[2] <= SHORT):
        scores = torch.matmul(query, key.transpose(2, 3))
        if added is not None:
            scores = scores + added
        if mask is not None:
            scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = dropped(torch.softmax(scores, -1).to(value.dtype), dropout)
        return torch.matmul(weights, value).transpose(1, 2).flatten(-2)
    if added is not None:
        mask = (added if mask is None else added.masked_fill(~mask, -math.inf)).to(query.dtype)
    mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value, mask, dropout, scale=1.0)
    return mixed.transpose(1, 2).flatten(-2)


def seen(mask: Any, window: int | None, queries: int, length: int, device: Any) -> Any:
    """Return which tokens the first `queries` tokens see: bool, broadcast to (b, heads, queries, length), or None.

    Padding sees itself, because attention to nothing is no number.

    Args:
        mask: bool (b, 1, 1, length), False for padding; None if there is none.
        window: the distance up to which tokens see each other; None for all.
    """
    import torch

    if window is None or length - 1 <= window:
        return mask
    positions = torch.arange(length, device=device)
    distances = (positions[:queries, None] - positions).abs()
    near = distances <= window
    return near if mask is None else (near & mask) | (distances == 0)


def relative_positions(
    encoder: Encoder,
    weights: Mapping[str, Affine],
    rows: Any,
    projection: Projection,
    length: int,
    scale: float,
    dropout: float,
) -> RelativePositions:
    """Return how relative positions act on queries and keys of texts of `length` tokens.

    Args:
        encoder: says which kind of positions there are.
        weights: the weights of parts outside the layers.
        rows: the `relative_rows` of the encoder, an int64 tensor in the CPU's memory; None if it has none.
        projection: returns the weights with which a layer projects relative positions as queries or keys.
        length: the number of tokens.
        scale: the factor of the scores if weights do not contain it.
        dropout: the share of numbers of relative positions that is dropped.
    """
    match encoder.relative:
        case RelativeBias() as kind:
            return _biased(weights["relative"].weight, _near(rows, length))
        case Rotary() as kind:
            return _rotated(kind, length, encoder.width // encoder.heads)
        case Disentangled() as kind:
            return _disentangled(kind, encoder, weights, _near(rows, length), projection, scale, dropout)
    return lambda _, query, key: (query, key, None)


def _near(rows: Any, length: int) -> Any:
    """Return the rows of the distances that occur among `length` tokens, int64 (2 length - 1,)."""
    zero = len(rows) // 2
    return rows[zero + 1 - length : zero + length]


def _of_pairs(rows: Any, device: Any) -> Any:
    """Return the row of each query and key, int64 (length, length), from those of their distances."""
    import torch

    length = len(rows) // 2 + 1
    positions = torch.arange(length, device=device)
    return rows.to(device)[positions[:, None] - positions + length - 1]


def _biased(weight: Any, rows: Any) -> RelativePositions:
    added = weight[_of_pairs(rows, weight.device)].permute(2, 0, 1)[None]
    return lambda _, query, key: (query, key, added[:, :, : query.shape[2]])


def _rotated(kind: Rotary, length: int, width: int) -> RelativePositions:
    import torch

    def angles(base: float, device: Any) -> Any:
        inverse = 1.0 / base ** (torch.arange(0, width, 2, device=device).float() / width)
        return (torch.arange(length, device=device)[:, None].float() * inverse).repeat(1, 2)

    known: dict[float, tuple[Any, Any]] = {}

    def rotate(numbers: Any, cosines: Any, sines: Any) -> Any:
        here, count = numbers.float(), numbers.shape[2]
        one, other = here.chunk(2, -1)
        turned = here * cosines[:count] + torch.cat([-other, one], -1) * sines[:count]
        return turned.to(numbers.dtype)

    def positions(layer: int, query: Any, key: Any) -> tuple[Any, Any, Any]:
        base = kind.bases[layer]
        if base not in known:
            turned = angles(base, query.device)
            known[base] = turned.cos(), turned.sin()
        return rotate(query, *known[base]), rotate(key, *known[base]), None

    return positions


def _disentangled(
    kind: Disentangled,
    encoder: Encoder,
    weights: Mapping[str, Affine],
    rows: Any,
    projection: Projection,
    scale: float,
    dropout: float,
) -> RelativePositions:
    import torch

    weight = weights["relative"].weight
    first, last = int(rows[0]), int(rows[-1])  # the other rows stand for distances that do not occur
    row, embedded = _of_pairs(rows, weight.device) - first, weight[first : last + 1]
    if "relative_norm" in weights:
        whole = weights["relative_norm"]
        embedded = torch.nn.functional.layer_norm(
            embedded, embedded.shape[-1:], whole.weight, whole.bias, encoder.epsilon
        )

    def heads(part: Affine, embedded: Any) -> Any:
        return dense(embedded, part).unflatten(-1, (encoder.heads, -1)).transpose(0, 1)

    def positions(layer: int, query: Any, key: Any) -> tuple[Any, Any, Any]:
        here = row[: query.shape[2]]
        added: Any = None
        of_layer = dropped(embedded, dropout).to(query.dtype)
        if kind.content_to_position:
            there = heads(projection(layer, "key"), of_layer)
            scores = torch.matmul(query, there.transpose(1, 2))
            added = scores.gather(-1, here.expand(*scores.shape[:2], -1, -1))
        if kind.position_to_content:
            there = heads(projection(layer, "query"), of_layer) * scale
            scores = torch.matmul(key, there.transpose(1, 2))
            others = scores.gather(-1, here.T.expand(*scores.shape[:2], -1, -1)).transpose(2, 3)
            added = others if added is None else added + others
        return query, key, added

    return positions
