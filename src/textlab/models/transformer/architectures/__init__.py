"""The architectures of transformers that can be trained and exported: one module each, found by listing."""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from textlab.models.transformer.description import ACTIVATIONS, Encoder


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
    encoder: Encoder = module.describe(config)
    if encoder.layers < 1:
        raise ValueError("The checkpoint has no layers. Choose one with at least one layer.")
    if encoder.activation not in ACTIVATIONS or encoder.head.activation not in ACTIVATIONS:
        raise ValueError(
            f"The checkpoint has the activation '{encoder.activation}' (head: '{encoder.head.activation}'), but only "
            f"{', '.join(ACTIVATIONS)} are supported. Choose another checkpoint."
        )
    if encoder.heads < 1 or encoder.width % encoder.heads:
        raise ValueError(
            f"The checkpoint's width {encoder.width} is no multiple of its {encoder.heads} attention heads, so its "
            "config.json is damaged. Download it again."
        )
    return encoder
