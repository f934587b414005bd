"""XLM-RoBERTa (Conneau et al. 2020), and the multilingual MiniLM and E5 made from it: RoBERTa under another name."""

from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.architectures import bert, roberta
from textlab.models.transformer.description import Encoder


def describe(config: Mapping[str, Any]) -> Encoder:
    """Describe an XLM-RoBERTa."""
    return roberta.describe({"vocab_size": bert.DEFAULTS["vocab_size"], **config})
