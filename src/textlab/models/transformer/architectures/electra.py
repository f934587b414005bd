"""ELECTRA's discriminator (Clark et al. 2020): a BERT whose word embeddings may be narrower than its layers."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.architectures import bert
from textlab.models.transformer.description import FIRST, Encoder, Head, checked

DEFAULTS = {
    **bert.DEFAULTS,
    "embedding_size": 128,
    "hidden_size": 256,
    "num_attention_heads": 4,
    "intermediate_size": 1024,
}
DROPOUT = bert.DROPOUT | {"pooled": "classifier_dropout"}


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe an ELECTRA."""
    full = checked(config, DEFAULTS, bert.ONLY)
    narrow = full["embedding_size"] != full["hidden_size"]
    names = bert.NAMES | ({"projection": "embeddings_project"} if narrow else {})
    head = Head(FIRST, "classifier.dense", "gelu", "", "classifier.out_proj")
    return bert.described(full, "electra.", head, names=names, embedding_width=full["embedding_size"], dropout=DROPOUT)
