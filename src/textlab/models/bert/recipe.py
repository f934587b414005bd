"""How BERT is fine-tuned: the numbers, the learning rate at each step and of each layer."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        learning_rate: of the last layer at its peak. layer_decay: the rate of each layer below is so much smaller.
        weight_decay: of all weights but biases and norms.
        warmup: share of all steps in which the learning rate rises to its peak, before it falls to 0.
        batch_size: texts a step.
        epochs: passes over the texts.
        patience: evaluations without a better score before training stops.
        averaging: share of all steps over which weights are averaged; 0 for none.
    """

    learning_rate: float
    batch_size: int
    epochs: int
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    warmup: float = 0.1
    patience: int = 2
    averaging: float = 0.0


def learning_rate_factor(step: int, steps: int, warmup: float) -> float:
    """The share of the peak rate at `step` of `steps`, counted from 0: up to 1 within the warm-up, then down to 0."""
    rising = round(warmup * steps)
    return (step + 1) / (rising + 1) if step < rising else (steps - step) / (steps - rising)


def parameter_groups(model: Any, recipe: Recipe) -> list[dict[str, Any]]:
    """The model's parameters as groups for AdamW, each with its peak learning rate as "peak".

    Layer-wise decay: Howard and Ruder 2018, "Universal language model fine-tuning", section 3.2.
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
    """How many layers lie between a parameter and the last one: 0 for the pooler and what follows it."""
    if "encoder.layer." in name:
        return layers - int(name.partition("encoder.layer.")[2].partition(".")[0])
    return layers + 1 if "embeddings" in name else 0
