"""DistilBERT (Sanh et al. 2019): BERT with half the layers, without token types, under other names."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.architectures import bert
from textlab.models.transformer.description import FIRST, Encoder, Head, checked

DEFAULTS = {
    "vocab_size": 30522,
    "max_position_embeddings": 512,
    "n_layers": 6,
    "n_heads": 12,
    "dim": 768,
    "hidden_dim": 3072,
    "activation": "gelu",
    "pad_token_id": 0,
}
NAMES = {
    **{part: name for part, name in bert.NAMES.items() if name.startswith("embeddings") and part != "types"},
    "query": "transformer.layer.{layer}.attention.q_lin",
    "key": "transformer.layer.{layer}.attention.k_lin",
    "value": "transformer.layer.{layer}.attention.v_lin",
    "mixed": "transformer.layer.{layer}.attention.out_lin",
    "attention_norm": "transformer.layer.{layer}.sa_layer_norm",
    "inner": "transformer.layer.{layer}.ffn.lin1",
    "outer": "transformer.layer.{layer}.ffn.lin2",
    "outer_norm": "transformer.layer.{layer}.output_layer_norm",
}
DROPOUT = {
    "embeddings": "dropout",
    "attention": "attention_dropout",
    "outer": "dropout",
    "output": "seq_classif_dropout",
}


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe a DistilBERT."""
    full = checked(config, DEFAULTS, {})
    as_bert = full | {
        "hidden_size": full["dim"],
        "num_hidden_layers": full["n_layers"],
        "num_attention_heads": full["n_heads"],
        "intermediate_size": full["hidden_dim"],
        "hidden_act": full["activation"],
        "layer_norm_eps": 1e-12,  # fixed in transformers
    }
    return bert.described(
        as_bert,
        "distilbert.",
        Head(FIRST, "pre_classifier", "relu", "", "classifier"),
        names=NAMES,
        dropout=DROPOUT,
    )
