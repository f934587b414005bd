"""The files of a BERT that the export reads, checked; neither torch nor transformers is needed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textlab.models.transformer.encoder_graph import POSITIONS, WORDS, Weights
from textlab.text.wordpiece_rules import WordPieceRules

ONLY = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
DEFAULTS = {**ONLY, "model_type": None, "num_attention_heads": 12, "layer_norm_eps": 1e-12}  # as in BertConfig
SHORTEST = 3  # the first token, one of the text, the last
PREFIX = "bert."


def read_config(folder: Path) -> dict[str, Any]:
    """Return config.json with the defaults of transformers.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: the model is no plain BERT.
    """
    path = folder / "config.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing. Name a folder that save_pretrained of transformers wrote.")
    config = DEFAULTS | json.loads(path.read_text(encoding="utf-8"))
    for name, known in ONLY.items():
        if config[name] != known:
            raise ValueError(
                f"{name} in {path} is {config[name]!r}, but only {known!r} can be exported. Choose a checkpoint of "
                "plain BERT, such as minilm or bert-base-uncased."
            )
    return config


def read_weights(folder: Path, head: Sequence[str] = ()) -> Weights:
    """Return the weights in model.safetensors as float32, by the names of a BertForSequenceClassification.

    Args:
        folder: holds the weights of a BertModel, or of a model with a head around one.
        head: the names of weights beyond the encoder's that must be there.

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: the file cannot be read, or a weight is missing.
    """
    import ml_dtypes  # noqa: F401  registers bfloat16 with NumPy
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = folder / "model.safetensors"
    if not path.exists():
        raise FileNotFoundError(
            f"{folder} holds no weights: model.safetensors is missing. Save the model there with save_pretrained."
        )
    try:
        weights = {name: weight.astype(np.float32) for name, weight in load_file(path).items()}
    except SafetensorError as error:
        raise ValueError(f"{path} cannot be read ({error}). Write it again with save_pretrained.") from error
    if WORDS.removeprefix(PREFIX) in weights:  # a BertModel by itself
        weights = {PREFIX + name: weight for name, weight in weights.items()}
    missing = [name for name in (WORDS, POSITIONS, *head) if name not in weights]
    if missing:
        kind = "BertForSequenceClassification" if head else "BERT"
        advice = "Fine-tune the checkpoint to classify texts first" if head else "Save the model with save_pretrained"
        raise ValueError(f"{path} has no {missing[0]}, so it is no {kind}. {advice}.")
    return weights


def check_target(target: Path) -> None:
    """Raise FileExistsError if `target` holds something else than an earlier SavedModel."""
    if target.exists() and not (target / "saved_model.pb").exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} holds something that is no SavedModel. Name an empty or a new folder.")


def check_length(folder: Path, weights: Weights, maximum_length: int) -> None:
    """Raise ValueError if the model has no positions for so many tokens."""
    positions = len(weights[POSITIONS])
    if not SHORTEST <= maximum_length <= positions:
        raise ValueError(
            f"The maximum length is {maximum_length}. The model in {folder} takes {SHORTEST} to {positions} tokens."
        )


def check_vocabulary(folder: Path, weights: Weights, rules: WordPieceRules) -> None:
    """Raise ValueError if the tokenizer gives ids for which the model has no embedding."""
    words = len(weights[WORDS])
    last = max(rules.beginnings.values())
    if last >= words:
        raise ValueError(
            f"The tokenizer in {folder} gives ids up to {last}, but the model has {words} word embeddings. "
            "Save the tokenizer that belongs to the model beside it."
        )
