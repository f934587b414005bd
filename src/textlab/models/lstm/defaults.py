"""Hyperparameters that follow from the training data; docs/explanations/defaults.md shows the measurements."""

import math
from typing import Any

from textlab.models.training_facts import TrainingFacts

TEXTS_READ = 800  # times the root of the number of texts, for two classes
MOST_EPOCHS = 60
SHORT = 8  # the median number of words below which hiding a word hides the meaning
TOKENS_PER_WORD = 2  # tweets have 1.2; the rest is reserve, which costs little because batches hold similar lengths
LENGTHS = (32, 512)
TOKENS_PER_EPOCH = 20_000_000  # the cost at which long texts are cut


def automatic_values(facts: TrainingFacts) -> dict[str, Any]:
    """Return the values of the LSTM's hyperparameters that are "auto"."""
    is_short = facts.median_words < SHORT
    return {
        "dropout": 0.3 if is_short else 0.5,
        "word_dropout": 0.0 if is_short else 0.1,
        "maximum_length": _maximum_length(facts),
        "batch_size": _batch_size(facts.texts),
        "learning_rate": 0.004,
        "epochs": _epochs(facts.texts, facts.classes),
    }


def _maximum_length(facts: TrainingFacts) -> int:
    """Return a length that hardly any text exceeds, unless the texts are so long that an epoch would take too long."""
    affordable = max(LENGTHS[0], min(LENGTHS[1], TOKENS_PER_EPOCH // facts.texts))
    return min(max(LENGTHS[0], TOKENS_PER_WORD * facts.long_words), affordable)


def _batch_size(texts: int) -> int:
    """Return 16, 32 or 64: of few texts, large batches would leave few steps."""
    return 16 if texts < 2_000 else 32 if texts < 20_000 else 64


def _epochs(texts: int, classes: int) -> int:
    """Return the maximum number of epochs.

    The number of texts read grows with the root of the number of training texts, so that few texts are read often and
    many texts at least a few times, and with the third root of the number of classes.
    """
    read = TEXTS_READ * math.sqrt(texts) * (classes / 2) ** (1 / 3)
    return min(MOST_EPOCHS, math.ceil(read / texts))
