"""Small random models of every architecture, of the very classes that transformers has for them."""

from typing import Any

SMALL: dict[str, dict[str, Any]] = {
    "bert": {},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "initializer_range": 0.3},
    "electra": {"embedding_size": 16},
    "roberta": {"type_vocab_size": 1},
    "xlm-roberta": {"type_vocab_size": 1},
    "mpnet": {},
    "deberta-v2": {
        "relative_attention": True,
        "position_buckets": 8,
        "pos_att_type": ["p2c", "c2p"],
        "share_att_key": True,
        "norm_rel_ebd": "layer_norm",
        "position_biased_input": False,
        "pooler_hidden_size": 32,
    },
    "modernbert": {
        "num_hidden_layers": 4,
        "local_attention": 8,
        "cls_token_id": 2,
        "sep_token_id": 3,
        "bos_token_id": 2,
        "eos_token_id": 3,
        "pad_token_id": 1,
    },
}
SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 130,
    "vocab_size": 120,
    "initializer_range": 0.3,
}


def small_config(kind: str, **others: Any) -> Any:
    """Return a configuration of transformers for two layers of width 32 (four layers of a ModernBERT)."""
    from transformers import AutoConfig

    sizes = {"max_position_embeddings": 130, "vocab_size": 120} if kind == "distilbert" else SIZES
    return AutoConfig.for_model(kind, **{**sizes, **SMALL[kind], **others})


def small_classifier(kind: str, n_classes: int = 3, seed: int = 0, **others: Any) -> Any:
    """Return a random <Architecture>ForSequenceClassification in eval mode, whose biases and norms are random too."""
    import torch
    from transformers import AutoModelForSequenceClassification

    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_config(small_config(kind, num_labels=n_classes, **others))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()
