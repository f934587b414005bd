"""MPNet (Song et al. 2020): RoBERTa's positions, and a bias for relative ones that all layers share."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.architectures import bert
from textlab.models.transformer.architectures.roberta import HEAD
from textlab.models.transformer.description import Encoder, RelativeBias, checked

DEFAULTS = {**bert.DEFAULTS, "vocab_size": 30527, "pad_token_id": 1}
# transformers computes with these values, whatever the configuration says.
ONLY = {"relative_attention_num_buckets": 32, "pad_token_id": 1}
NAMES = {
    **{part: name for part, name in bert.NAMES.items() if part != "types"},
    "query": "encoder.layer.{layer}.attention.attn.q",
    "key": "encoder.layer.{layer}.attention.attn.k",
    "value": "encoder.layer.{layer}.attention.attn.v",
    "mixed": "encoder.layer.{layer}.attention.attn.o",
    "attention_norm": "encoder.layer.{layer}.attention.LayerNorm",
    "relative": "encoder.relative_attention_bias",
}
DROPOUT = bert.DROPOUT | {"pooled": "hidden_dropout_prob", "output": "hidden_dropout_prob"}


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe an MPNet."""
    full = checked(config, DEFAULTS, ONLY)
    first = full["pad_token_id"] + 1
    return bert.described(
        full,
        "mpnet.",
        HEAD,
        names=NAMES,
        first_position=first,
        longest=full["max_position_embeddings"] - first,
        relative=RelativeBias(buckets=32, farthest=128),
        dropout=DROPOUT,
    )
