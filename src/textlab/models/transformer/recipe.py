"""The numbers of a training of an encoder, and the learning rate of each layer."""

import re
from dataclasses import dataclass
from typing import Any

from textlab.models.transformer.architectures import describe
from textlab.models.transformer.description import Encoder


@dataclass(frozen=True)
class Recipe:
    """The numbers of a training.

    Attributes:
        learning_rate: the peak learning rate of the last layer.
        weight_decay: the weight decay of AdamW, except for biases and norms.
        warmup: the share of training steps in which the learning rate rises to its peak, before it falls to 0.
        batch_size: the texts per step.
        epochs: the passes over the texts.
        layer_decay: the learning rate of each layer relative to the layer above.
        patience: the evaluations without a better score before the training cools down.
        averaging: the share of the steps over which weights are averaged; 0 for none.
    """

    learning_rate: float
    batch_size: int
    epochs: int
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    warmup: float = 0.1
    patience: int = 2
    averaging: float = 0.0


def parameter_groups(model: Any, recipe: Recipe) -> list[dict[str, Any]]:
    """Return the model's parameters as groups for AdamW, each with its peak learning rate as "peak".

    For layer-wise decay see Howard and Ruder 2018, "Universal language model fine-tuning", section 3.2.
    """
    encoder = describe(model.config.to_dict())
    groups: dict[tuple[int, float], list[Any]] = {}
    for name, parameter in model.named_parameters():
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0  # biases and norms are vectors
        groups.setdefault((_layers_above(name, encoder), decay), []).append(parameter)
    return [
        {"params": members, "weight_decay": decay, "peak": recipe.learning_rate * recipe.layer_decay**above}
        for (above, decay), members in groups.items()
    ]


def _layers_above(name: str, encoder: Encoder) -> int:
    """Return the number of layers above a parameter: 0 for the head, one more than there are layers for embeddings."""
    for part, known in encoder.names.items():
        found = re.search(re.escape(known).replace(r"\{layer\}", r"(\d+)") + r"\.(weight|bias)$", name)
        if found and "{layer}" in known:
            return encoder.layers - int(found[1])
        if found:
            return 0 if part == "final_norm" else encoder.layers + 1
    return 0
