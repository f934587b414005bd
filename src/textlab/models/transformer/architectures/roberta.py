"""RoBERTa (Liu et al. 2019): a BERT whose positions begin after the padding token, with a head of two layers."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.architectures import bert
from textlab.models.transformer.description import FIRST, Encoder, Head, checked

DEFAULTS = {**bert.DEFAULTS, "vocab_size": 50265, "pad_token_id": 1}
HEAD = Head(FIRST, "classifier.dense", "tanh", "", "classifier.out_proj")
DROPOUT = bert.DROPOUT | {"pooled": "classifier_dropout"}


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe a RoBERTa."""
    full = checked(config, DEFAULTS, bert.ONLY)
    first = full["pad_token_id"] + 1
    longest = full["max_position_embeddings"] - first
    return bert.described(full, "roberta.", HEAD, first_position=first, longest=longest, dropout=DROPOUT)
