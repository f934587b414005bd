"""The configuration and the tokenizer of an untrained encoder that is small enough for tests."""

from collections.abc import Sequence
from typing import Any

from textlab.models.transformer.architectures import architecture_names
from textlab.models.transformer.tokenizer import tiny_byte_level, tiny_wordpiece

TINY, DASH = "tiny", "-"
LONGEST = 128
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": LONGEST,
    "initializer_range": 0.1,  # the usual 0.02 is for wide layers
}
SPECIAL_NUMBERS = {  # tiny_byte_level gives its special tokens these numbers
    **{f"{use}_token_id": 0 for use in ("bos", "cls")},
    "pad_token_id": 1,
    **{f"{use}_token_id": 2 for use in ("eos", "sep")},
}
AFTER_PADDING = {"max_position_embeddings": LONGEST + 2}  # positions begin after the padding token, which is 1
WORDPIECE: dict[str, dict[str, Any]] = {
    "bert": {},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "initializer_range": 0.1},
    "electra": {"embedding_size": 16},
}
BYTE_LEVEL: dict[str, dict[str, Any]] = {
    "roberta": {**AFTER_PADDING, "type_vocab_size": 1},
    "xlm-roberta": {**AFTER_PADDING, "type_vocab_size": 1},
    "mpnet": AFTER_PADDING,
    "modernbert": {"local_attention": 8},
    "deberta-v2": {
        "relative_attention": True,
        "position_buckets": 8,
        "pos_att_type": ["p2c", "c2p"],
        "share_att_key": True,
        "norm_rel_ebd": "layer_norm",
        "position_biased_input": False,
        "type_vocab_size": 0,
        "pooler_hidden_size": 32,
    },
}


def is_tiny(name: str) -> bool:
    """Return whether a checkpoint's name is "tiny", or "tiny-" and an architecture."""
    return name == TINY or (name.startswith(TINY + DASH) and name.removeprefix(TINY + DASH) in architecture_names())


def tiny_encoder(name: str, texts: Sequence[str]) -> tuple[Any, Any]:
    """Return a configuration of transformers and a `tokenizers.Tokenizer` that knows the words of `texts`.

    Args:
        name: "tiny" for a BERT, or such as "tiny-roberta".
        texts: the training texts.
    """
    from transformers import AutoConfig

    kind = name.removeprefix(TINY).removeprefix(DASH) or "bert"
    if kind in WORDPIECE:
        tokenizer, settings = tiny_wordpiece(texts), WORDPIECE[kind]
    else:
        tokenizer, settings = tiny_byte_level(texts), BYTE_LEVEL[kind] | SPECIAL_NUMBERS
    sizes = {"max_position_embeddings": LONGEST} if kind == "distilbert" else SIZES
    config = AutoConfig.for_model(kind, **{**sizes, "vocab_size": tokenizer.get_vocab_size(), **settings})
    return config, tokenizer
