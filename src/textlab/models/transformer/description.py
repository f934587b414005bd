"""The description of an encoder, from which the network in torch and the graph in TensorFlow are both built.

A module of `architectures` reads it from the config.json of one architecture of transformers. Weights keep the names
that transformers gives them in a checkpoint; `Encoder.names` says which weight plays which part.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIRST, MEAN = "first", "mean"
OWN = "own"  # the head that transformers has for the architecture
HEADS = (OWN, MEAN)
ACTIVATIONS = ("gelu", "gelu_tanh", "relu", "silu", "tanh")


@dataclass(frozen=True)
class RelativeBias:
    """A learned bias for each head and bucket of distances, added to the attention scores of all layers (MPNet).

    Raffel et al. 2020, "Exploring the limits of transfer learning", section 2.1; buckets grow with the distance.

    Attributes:
        buckets: the number of buckets, half of them for each direction.
        farthest: the distance from which all distances share a bucket.
    """

    buckets: int
    farthest: int


@dataclass(frozen=True)
class Disentangled:
    """Attention between contents and relative positions (He et al. 2021, "DeBERTa", equation 4).

    Attributes:
        content_to_position, position_to_content: the terms that are added to the scores of content to content.
        buckets: the number of logarithmic buckets for each direction; 0 for none (each distance stands for itself).
        farthest: the largest distance that is told apart.
        shares_projections: whether positions are projected by the query and key of contents.
        is_normalised: whether the embeddings of relative positions pass through a layer norm.
    """

    content_to_position: bool
    position_to_content: bool
    buckets: int
    farthest: int
    shares_projections: bool
    is_normalised: bool


@dataclass(frozen=True)
class Rotary:
    """Queries and keys are rotated by angles that grow with the position (Su et al. 2021, "RoFormer", equation 34).

    Attributes:
        bases: the base of the angles for each layer.
    """

    bases: tuple[float, ...]


@dataclass(frozen=True)
class Head:
    """The layers of transformers' <Architecture>ForSequenceClassification that turn hidden states into logits.

    Attributes:
        pooling: "first" for the first token's state, or "mean".
        dense: the full name of a dense layer before the last one, without ".weight"; "" for none.
        activation: its activation, one of `ACTIVATIONS`.
        norm: the full name of a layer norm after the activation; "" for none.
        output: the full name of the last layer, which gives the logits.
    """

    pooling: str
    dense: str
    activation: str
    norm: str
    output: str


@dataclass(frozen=True)
class Encoder:
    """An encoder: the sizes, kinds of layers and names of weights that decide how it is computed.

    The parts that weights play, without ".weight" and ".bias": words, positions, types (embeddings), embedding_norm,
    projection (of narrow embeddings), final_norm, relative (positions), relative_norm; and in each layer query, key,
    value (or joined, which stands for the three), mixed (after attention), attention_norm, inner, outer and outer_norm;
    position_key and position_query. With `is_gated`, inner holds the activated half first and the gate second.

    Attributes:
        prefix: what the names of the encoder's weights begin with inside a model with a head, such as "bert.".
        names: the checkpoint's name of each part, without `prefix`; "{layer}" stands for the layer's number. A part
            without a name does not exist.
        layers, width, heads, inner_width: sizes.
        embedding_width: the width of the word embeddings, which is less than `width` where there is a projection.
        projects_first: whether narrow embeddings are projected before their norm (DeBERTa) rather than after (ELECTRA).
        vocabulary: the number of word embeddings.
        padding: the token that fills short texts.
        longest: the number of tokens of the longest text that can be read.
        first_position: the row of the position embeddings of a text's first token.
        activation: one of `ACTIVATIONS`, between inner and outer.
        is_gated: whether a gate multiplies the activation (Shazeer 2020, "GLU variants improve transformer").
        epsilon: added to the variance in layer norms.
        norm_first: whether layer norms stand before attention and feed-forward layers rather than after their sums.
        relative: relative positions in attention; None for none.
        windows: for each layer the distance up to which tokens see each other; None for all.
        head: the classification head.
        unbiased: the parts, and the layers of the head by their full names, that have no bias.
        dropout: the name of the configuration's value for dropout in each place: embeddings, relative (positions),
            attention (its weights), mixed, inner and outer (the outputs of these layers), pooled (before the head) and
            output (before its last layer). Nothing is dropped in a place without a name.
    """

    prefix: str
    names: Mapping[str, str]
    layers: int
    width: int
    heads: int
    inner_width: int
    embedding_width: int
    vocabulary: int
    padding: int
    longest: int
    activation: str
    epsilon: float
    head: Head
    dropout: Mapping[str, str]
    projects_first: bool = False
    first_position: int = 0
    is_gated: bool = False
    norm_first: bool = False
    relative: RelativeBias | Disentangled | Rotary | None = None
    windows: tuple[int | None, ...] = ()
    unbiased: frozenset[str] = frozenset()

    @property
    def score_scale(self) -> float:
        """The factor of attention scores: one over the root of a head's width and of the number of terms."""
        terms = 1
        if isinstance(self.relative, Disentangled):
            terms += self.relative.content_to_position + self.relative.position_to_content
        return 1 / math.sqrt(self.width // self.heads * terms)

    def has(self, part: str) -> bool:
        """Return whether the encoder has this part; a layer may lack it all the same (ModernBERT's first norm)."""
        return part in self.names

    def name(self, part: str, layer: int | None = None) -> str:
        """Return the checkpoint's name of a part, with the prefix but without ".weight" or ".bias"."""
        return self.prefix + self.names[part].format(layer=layer)


def checked(config: Mapping[str, Any], defaults: Mapping[str, Any], only: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with defaults, and refuse what is not supported.

    Args:
        config: the content of config.json; null stands for the default.
        defaults: what transformers assumes for missing values.
        only: the only supported value of some settings.

    Raises:
        ValueError: a setting has another value.
    """
    stated = {name: value for name, value in config.items() if value is not None or defaults.get(name) is None}
    full = {**only, **defaults, **stated}
    for name, known in only.items():
        if full[name] != known:
            raise ValueError(
                f"The configuration of this {config['model_type']} has {name}={full[name]!r}, but only {known!r} is "
                "supported. Choose another checkpoint."
            )
    return full
