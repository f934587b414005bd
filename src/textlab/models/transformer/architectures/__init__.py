"""The architectures of transformers that can be trained and exported: one module each, found by listing."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from textlab.models.transformer.description import ACTIVATIONS, MEAN, Encoder, Head

HEAD = "textlab_head"  # the name in a config.json of the head that textlab put on the encoder

# Far above any known encoder, so that a damaged configuration takes no memory.
LIMITS = {
    "layers": 1_000,
    "width": 2**20,
    "inner_width": 2**22,
    "embedding_width": 2**20,
    "vocabulary": 2**24,
    "longest": 2**24,
}
DAMAGED = "so its config.json is damaged. Download it again."


def architecture_names() -> list[str]:
    """Return the supported values of `model_type` in a config.json."""
    return [module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)]


def describe(config: Mapping[str, Any]) -> Encoder:
    """Return the description of the encoder whose config.json has the content `config`.

    Raises:
        ValueError: the architecture or one of its settings is not supported.
    """
    kind = config.get("model_type")
    if kind not in architecture_names():
        raise ValueError(
            f"The checkpoint has the architecture '{kind}', which is not supported. Choose one of: "
            f"{', '.join(architecture_names())}."
        )
    module = importlib.import_module(f"{__name__}.{kind.replace('-', '_')}")
    try:
        encoder: Encoder = module.describe(config)
    except (TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"A setting of this {kind} is of the wrong type ({error}), {DAMAGED}") from error
    _check_sizes(encoder)
    if encoder.activation not in ACTIVATIONS or encoder.head.activation not in ACTIVATIONS:
        raise ValueError(
            f"The checkpoint has the activation '{encoder.activation}' (head: '{encoder.head.activation}'), but only "
            f"{', '.join(ACTIVATIONS)} are supported. Choose another checkpoint."
        )
    if type(encoder.heads) is not int or encoder.heads < 1 or encoder.width % encoder.heads:
        raise ValueError(
            f"The checkpoint's width {encoder.width} is no multiple of its {encoder.heads} attention heads, {DAMAGED}"
        )
    if config.get(HEAD) == MEAN:
        return replace(encoder, head=Head(MEAN, "", encoder.head.activation, "", encoder.head.output))
    return encoder


def _check_sizes(encoder: Encoder) -> None:
    """Raise ValueError if a size of an encoder is no positive number or is out of all proportion."""
    if encoder.layers == 0:
        raise ValueError("The checkpoint has no layers. Choose one with at least one layer.")
    for name, limit in LIMITS.items():
        size = getattr(encoder, name)
        if type(size) is not int or not 1 <= size <= limit:
            raise ValueError(
                f"The checkpoint has {name.replace('_', ' ')}={size!r}, which is no number from 1 to {limit}, {DAMAGED}"
            )
    if type(encoder.padding) is not int or not 0 <= encoder.padding < encoder.vocabulary:
        raise ValueError(
            f"The checkpoint has pad_token_id={encoder.padding!r}, which is none of its {encoder.vocabulary} tokens. "
            "Correct config.json."
        )
    if type(encoder.epsilon) not in (int, float) or not 0 <= encoder.epsilon < 1:
        raise ValueError(f"The checkpoint adds {encoder.epsilon!r} to variances in layer norms, {DAMAGED}")
