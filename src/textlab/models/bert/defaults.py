"""Hyperparameters that follow from the training data; docs/explanations/defaults.md shows the measurements."""

import math

from textlab.models.hyperparameters import AUTO, Auto
from textlab.models.training_facts import TrainingFacts

FEW_TEXTS = 5_000  # up to here, small batches give more steps for the same computation
STEPS = 2_000
FEWEST_EPOCHS, MOST_EPOCHS = 2, 12
LENGTHS = (128, 512)
PIECES_PER_WORD = 2  # English prose has about 1.3 word pieces per word, tweets 1.5, and rare words more


def automatic_values(facts: TrainingFacts, batch_size: int | Auto = AUTO) -> dict[str, float]:
    """Return the values of BERT's hyperparameters that are "auto".

    Args:
        facts: the size of the training split.
        batch_size: the batch size if it is given, since it decides the steps per epoch.
    """
    size = (16 if facts.texts <= FEW_TEXTS else 32) if batch_size == AUTO else batch_size
    epochs = math.ceil(STEPS / math.ceil(facts.texts / size))
    return {
        "batch_size": size,
        "epochs": min(max(epochs, FEWEST_EPOCHS), MOST_EPOCHS),
        "maximum_length": min(max(PIECES_PER_WORD * facts.long_words + 2, LENGTHS[0]), LENGTHS[1]),
    }
