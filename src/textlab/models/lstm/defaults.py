"""Hyperparameters that follow from the training data; docs/explanations/defaults.md shows the measurements."""

import math
from typing import Any

from textlab.models.training_facts import TrainingFacts

TEXTS_READ = 800  # times the root of the number of texts, for two classes
CLASSES_POWER = 0.4
MOST_EPOCHS = 60
BATCH_SIZES = (32, 64)
FEWEST_STEPS = 1_500  # the larger batch is faster, and needs that many steps
MANY_TEXTS = 10_000  # per class on average: from here, a high rate memorises the texts
TOKENS_PER_WORD = 2  # tweets have 1.2; the rest is reserve, which costs little because batches hold similar lengths
LENGTHS = (32, 512)
TOKENS_PER_EPOCH = 20_000_000  # the cost at which long texts are cut


def automatic_values(facts: TrainingFacts) -> dict[str, Any]:
    """Return the values of the LSTM's hyperparameters that are "auto"."""
    epochs = _epochs(facts.texts, facts.classes)
    has_many_steps = epochs * facts.texts >= FEWEST_STEPS * BATCH_SIZES[1]
    return {
        "maximum_length": _maximum_length(facts),
        "batch_size": BATCH_SIZES[has_many_steps],
        "learning_rate": 0.002 if facts.texts >= MANY_TEXTS * facts.classes else 0.004,
        "epochs": epochs,
    }


def _epochs(texts: int, classes: int) -> int:
    """Return the maximum number of epochs.

    The number of texts read grows with the root of the number of training texts, so that few texts are read often and
    many texts at least a few times, and with a power of the number of classes.
    """
    read = TEXTS_READ * math.sqrt(texts) * (classes / 2) ** CLASSES_POWER
    return min(max(1, round(read / texts)), MOST_EPOCHS)


def _maximum_length(facts: TrainingFacts) -> int:
    """Return a length that hardly any text exceeds, unless the texts are so long that an epoch would take too long."""
    affordable = max(LENGTHS[0], min(LENGTHS[1], TOKENS_PER_EPOCH // facts.texts))
    return min(max(LENGTHS[0], TOKENS_PER_WORD * facts.long_words), affordable)
