"""The numbers of a training of BERT, and the learning rate of each layer."""

from dataclasses import dataclass
from typing import Any


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
    layers = model.config.num_hidden_layers
    groups: dict[tuple[int, float], list[Any]] = {}
    for name, parameter in model.named_parameters():
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0  # biases and norms are vectors
        groups.setdefault((_layers_above(name, layers), decay), []).append(parameter)
    return [
        {"params": members, "weight_decay": decay, "peak": recipe.learning_rate * recipe.layer_decay**above}
        for (above, decay), members in groups.items()
    ]


def _layers_above(name: str, layers: int) -> int:
    """Return the number of layers above a parameter: 0 for the pooler and the classifier."""
    if "encoder.layer." in name:
        return layers - int(name.partition("encoder.layer.")[2].partition(".")[0])
    return layers + 1 if "embeddings" in name else 0
