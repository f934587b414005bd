"""Hyperparameters that follow from the training data and the checkpoint; see docs/explanations/defaults.md."""

import math
from typing import Any

from textlab.models.hyperparameters import AUTO, Auto
from textlab.models.training_facts import TrainingFacts
from textlab.models.transformer.description import Encoder

FEW_TEXTS = 5_000  # up to here, small batches give more steps for about the same computation
STEPS_PER_BIT = 1_000  # a label of k classes holds log2(k) bits
FEWEST_EPOCHS, MOST_EPOCHS = 2, 12
MOST_PIECES = 10_000_000  # word pieces in all epochs, which MiniLM reads in about half an hour on two cores
LEARNING_RATES, LEARNING_RATE_PER_BIT = (1e-4, 4e-4), 5e-5
WIDTH = 384  # MiniLM's, for which the learning rates were measured
PIECES_PER_WORD, MOST_PIECES_PER_WORD = 1.5, 2  # English has about 1.3 word pieces per word, tweets about 1.5
SHORTEST, LONGEST = 128, 512


def automatic_values(facts: TrainingFacts, batch_size: int | Auto = AUTO) -> dict[str, Any]:
    """Return the values of the hyperparameters that follow from the training data.

    More classes need more steps and a higher learning rate, because the new last layer starts at random.

    Args:
        facts: the size of the training split.
        batch_size: the batch size if it was given; it decides the steps per epoch.
    """
    size = (16 if facts.texts <= FEW_TEXTS else 32) if batch_size == AUTO else batch_size
    bits = math.log2(facts.classes)
    length = min(max(MOST_PIECES_PER_WORD * facts.long_words + 2, SHORTEST), LONGEST)
    pieces = facts.texts * min(PIECES_PER_WORD * facts.median_words + 2, length)  # in one epoch
    wanted = math.ceil(STEPS_PER_BIT * bits / math.ceil(facts.texts / size))
    epochs = min(wanted, MOST_EPOCHS, int(MOST_PIECES / pieces))
    return {
        "batch_size": size,
        "epochs": max(epochs, FEWEST_EPOCHS),
        "learning_rate": min(max(round(LEARNING_RATE_PER_BIT * bits, 5), LEARNING_RATES[0]), LEARNING_RATES[1]),
        "maximum_length": length,
    }


def suited_to_checkpoint(name: str, value: Any, encoder: Encoder) -> Any:
    """Return the automatic value of the hyperparameter `name` as it suits a checkpoint.

    The checkpoint may have fewer positions, or be wider than MiniLM. A wider network needs a lower learning rate (Yang
    et al. 2021, "Tensor programs V: tuning large neural networks via zero-shot hyperparameter transfer").

    Args:
        name: the name of a hyperparameter.
        value: its value in `automatic_values`; values of other hyperparameters are returned unchanged.
        encoder: the description of the checkpoint's encoder.
    """
    if name == "maximum_length":
        return min(value, encoder.longest)
    if name == "learning_rate":
        return value * min(1.0, WIDTH / encoder.width)
    return value
