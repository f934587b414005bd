"""DeBERTa-v2 and -v3 (He et al. 2021, 2023): attention between contents and relative positions."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.architectures import bert
from textlab.models.transformer.description import FIRST, Disentangled, Encoder, Head, checked

DEFAULTS = {
    **bert.DEFAULTS,
    "vocab_size": 128100,
    "hidden_size": 1536,
    "num_hidden_layers": 24,
    "num_attention_heads": 24,
    "intermediate_size": 6144,
    "layer_norm_eps": 1e-7,
    "type_vocab_size": 0,
    "max_relative_positions": -1,
    "position_buckets": -1,
    "position_biased_input": True,
    "pos_att_type": None,
    "share_att_key": False,
    "norm_rel_ebd": "none",
    "pooler_hidden_act": "gelu",
    "embedding_size": None,
}
ONLY = {"relative_attention": True, "conv_kernel_size": 0}
NAMES = {
    **{part: name for part, name in bert.NAMES.items() if part not in ("types", "positions")},
    "query": "encoder.layer.{layer}.attention.self.query_proj",
    "key": "encoder.layer.{layer}.attention.self.key_proj",
    "value": "encoder.layer.{layer}.attention.self.value_proj",
    "relative": "encoder.rel_embeddings",
}
DROPOUT = bert.DROPOUT | {"relative": "hidden_dropout_prob", "pooled": "pooler_dropout", "output": "cls_dropout"}


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe a DeBERTa of version 2 or 3; the convolution of the largest ones is not supported."""
    full = checked(config, DEFAULTS, ONLY)
    terms = full["pos_att_type"] or []
    terms = terms.lower().split("|") if isinstance(terms, str) else terms
    farthest = full["max_relative_positions"]
    relative = Disentangled(
        content_to_position="c2p" in terms,
        position_to_content="p2c" in terms,
        buckets=max(full["position_buckets"], 0),
        farthest=farthest if farthest >= 1 else full["max_position_embeddings"],
        shares_projections=full["share_att_key"],
        is_normalised="layer_norm" in full["norm_rel_ebd"].lower(),
    )
    width = full["embedding_size"] or full["hidden_size"]
    is_narrow = width != full["hidden_size"]
    return bert.described(
        full,
        "deberta.",
        Head(FIRST, "pooler.dense", full["pooler_hidden_act"], "", "classifier"),
        names=NAMES | _other_names(full, relative, is_narrow),
        embedding_width=width,
        projects_first=is_narrow,
        unbiased=frozenset({"projection"}),
        relative=relative,
        dropout=DROPOUT,
    )


def _other_names(config: Mapping[str, Any], relative: Disentangled, is_narrow: bool) -> dict[str, str]:
    names = {}
    if config["position_biased_input"]:
        names["positions"] = bert.NAMES["positions"]
    if config["type_vocab_size"]:
        names["types"] = bert.NAMES["types"]
    if is_narrow:
        names["projection"] = "embeddings.embed_proj"
    if relative.is_normalised:
        names["relative_norm"] = "encoder.LayerNorm"
    if not relative.shares_projections:
        attention = "encoder.layer.{layer}.attention.self"
        names |= {"position_key": f"{attention}.pos_key_proj"} if relative.content_to_position else {}
        names |= {"position_query": f"{attention}.pos_query_proj"} if relative.position_to_content else {}
    return names
