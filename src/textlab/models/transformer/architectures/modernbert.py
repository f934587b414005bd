"""ModernBERT (Warner et al. 2024): rotary positions, gated feed-forward layers, local attention, norms go first."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.description import FIRST, MEAN, Encoder, Head, Rotary, checked

DEFAULTS = {
    "vocab_size": 50368,
    "hidden_size": 768,
    "intermediate_size": 1152,
    "num_hidden_layers": 22,
    "num_attention_heads": 12,
    "hidden_activation": "gelu",
    "max_position_embeddings": 8192,
    "norm_eps": 1e-5,
    "pad_token_id": 50283,
    "layer_types": None,
    "rope_parameters": None,
    "local_attention": 128,
    "classifier_pooling": "cls",
    "classifier_activation": "gelu",
    "classifier_bias": False,
    "norm_bias": False,
    "attention_bias": False,
    "mlp_bias": False,
    "global_attn_every_n_layers": 3,
    "global_rope_theta": 160_000.0,
    "local_rope_theta": 10_000.0,
}
ONLY = {"rope_scaling": None}
NAMES = {
    "words": "embeddings.tok_embeddings",
    "embedding_norm": "embeddings.norm",
    "joined": "layers.{layer}.attn.Wqkv",
    "mixed": "layers.{layer}.attn.Wo",
    "attention_norm": "layers.{layer}.attn_norm",  # the first layer has none
    "inner": "layers.{layer}.mlp.Wi",
    "outer": "layers.{layer}.mlp.Wo",
    "outer_norm": "layers.{layer}.mlp_norm",
    "final_norm": "final_norm",
}
DROPOUT = {
    "embeddings": "embedding_dropout",
    "attention": "attention_dropout",
    "mixed": "attention_dropout",
    "inner": "mlp_dropout",
    "output": "classifier_dropout",
}
FULL, LOCAL = "full_attention", "sliding_attention"


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe a ModernBERT."""
    full = checked(config, DEFAULTS, ONLY)
    layers = full["num_hidden_layers"]
    kinds = full["layer_types"] or [
        LOCAL if layer % full["global_attn_every_n_layers"] else FULL for layer in range(layers)
    ]
    bases = _bases(full)
    return Encoder(
        prefix="model.",
        names=NAMES,
        layers=layers,
        width=full["hidden_size"],
        heads=full["num_attention_heads"],
        inner_width=full["intermediate_size"],
        embedding_width=full["hidden_size"],
        vocabulary=full["vocab_size"],
        padding=full["pad_token_id"],
        longest=full["max_position_embeddings"],
        activation=full["hidden_activation"],
        epsilon=full["norm_eps"],
        is_gated=True,
        norm_first=True,
        relative=Rotary(tuple(bases[kind] for kind in kinds)),
        windows=tuple(full["local_attention"] // 2 if kind == LOCAL else None for kind in kinds),
        head=Head(
            MEAN if full["classifier_pooling"] == "mean" else FIRST,
            "head.dense",
            full["classifier_activation"],
            "head.norm",
            "classifier",
        ),
        unbiased=_unbiased(full),
        dropout=DROPOUT,
    )


def _unbiased(config: Mapping[str, Any]) -> frozenset[str]:
    """Return the parts without a bias."""
    parts = {
        "norm_bias": ("embedding_norm", "attention_norm", "outer_norm", "final_norm", "head.norm"),
        "attention_bias": ("joined", "mixed"),
        "mlp_bias": ("inner", "outer"),
        "classifier_bias": ("head.dense",),
    }
    return frozenset(part for setting, names in parts.items() if not config[setting] for part in names)


def _bases(config: Mapping[str, Any]) -> dict[str, float]:
    """Return the base of the rotary angles for each kind of layer.

    Raises:
        ValueError: the angles are scaled.
    """
    stated = config["rope_parameters"] or {}
    scaled = [kind for kind, values in stated.items() if (values or {}).get("rope_type", "default") != "default"]
    if scaled:
        raise ValueError(
            f"The configuration of this modernbert scales its rotary positions ({', '.join(scaled)}), which is not "
            "supported. Choose another checkpoint."
        )
    usual = {FULL: config["global_rope_theta"], LOCAL: config["local_rope_theta"]}
    return {kind: (stated.get(kind) or {}).get("rope_theta", base) for kind, base in usual.items()}
