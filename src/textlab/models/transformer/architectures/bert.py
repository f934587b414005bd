"""BERT (Devlin et al. 2019), and with other names ELECTRA, RoBERTa and XLM-RoBERTa."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.description import FIRST, Encoder, Head, checked

ONLY = {"position_embedding_type": "absolute", "is_decoder": False, "add_cross_attention": False}
DEFAULTS = {
    "vocab_size": 30522,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "max_position_embeddings": 512,
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}
NAMES = {
    "words": "embeddings.word_embeddings",
    "positions": "embeddings.position_embeddings",
    "types": "embeddings.token_type_embeddings",
    "embedding_norm": "embeddings.LayerNorm",
    "query": "encoder.layer.{layer}.attention.self.query",
    "key": "encoder.layer.{layer}.attention.self.key",
    "value": "encoder.layer.{layer}.attention.self.value",
    "mixed": "encoder.layer.{layer}.attention.output.dense",
    "attention_norm": "encoder.layer.{layer}.attention.output.LayerNorm",
    "inner": "encoder.layer.{layer}.intermediate.dense",
    "outer": "encoder.layer.{layer}.output.dense",
    "outer_norm": "encoder.layer.{layer}.output.LayerNorm",
}
DROPOUT = {
    "embeddings": "hidden_dropout_prob",
    "attention": "attention_probs_dropout_prob",
    "mixed": "hidden_dropout_prob",
    "outer": "hidden_dropout_prob",
    "output": "classifier_dropout",
}


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe a BERT."""
    return described(
        checked(config, DEFAULTS, ONLY), "bert.", Head(FIRST, "bert.pooler.dense", "tanh", "", "classifier")
    )


def described(config: Mapping[str, Any], prefix: str, head: Head, **others: Any) -> Encoder:
    """Describe an encoder with the settings and names of BERT; `others` are attributes that differ."""
    sizes = {
        "names": NAMES,
        "layers": config["num_hidden_layers"],
        "width": config["hidden_size"],
        "heads": config["num_attention_heads"],
        "inner_width": config["intermediate_size"],
        "embedding_width": config["hidden_size"],
        "vocabulary": config["vocab_size"],
        "padding": config["pad_token_id"],
        "longest": config["max_position_embeddings"],
        "activation": {"gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh"}.get(
            config["hidden_act"], config["hidden_act"]
        ),
        "epsilon": config["layer_norm_eps"],
        "dropout": DROPOUT,
    }
    return Encoder(prefix=prefix, head=head, **{**sizes, **others})
