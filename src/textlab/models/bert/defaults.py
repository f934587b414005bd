"""Hyperparameters that follow from the training data and the checkpoint; see docs/explanations/defaults.md."""

import math
from typing import Any

from textlab.models.hyperparameters import AUTO, Auto
from textlab.models.training_facts import TrainingFacts
from textlab.models.transformer.description import Encoder
from textlab.models.transformer.windows import Layout

FEW_TEXTS = 5_000  # up to here, small batches give more steps for about the same computation
STEPS_PER_BIT = 1_000  # a label of k classes holds log2(k) bits
FEWEST_EPOCHS, MOST_EPOCHS = 2, 12
MOST_PIECES = 10_000_000  # word pieces in all epochs, which MiniLM reads in about half an hour on two cores
LEARNING_RATES, LEARNING_RATE_PER_BIT = (1e-4, 4e-4), 5e-5
WIDTH = 384  # MiniLM's, for which the learning rates were measured
PIECES_PER_WORD, MOST_PIECES_PER_WORD = 1.5, 2  # English has about 1.3 word pieces per word, tweets about 1.5
SHORTEST, LONGEST = 128, 512
MOST_WINDOWS = 16
ENDS = 2  # tokens around a window, such as [CLS] and [SEP]
OVERLAPPING = 4 / 3  # pieces that are read of a text in many windows, for each of its own


def automatic_values(
    facts: TrainingFacts, batch_size: int | Auto = AUTO, maximum_length: int | Auto = AUTO
) -> dict[str, Any]:
    """Return the values of the hyperparameters that follow from the training data.

    More classes need more steps and a higher learning rate, because the new last layer starts at random.

    Args:
        facts: the size of the training split.
        batch_size: the batch size if it was given; it decides the steps per epoch.
        maximum_length: the length of a window if it was given; it decides the number of windows.
    """
    size = (16 if facts.texts <= FEW_TEXTS else 32) if batch_size == AUTO else batch_size
    bits = math.log2(facts.classes)
    needed = min(max(MOST_PIECES_PER_WORD * facts.long_words + ENDS, SHORTEST), LONGEST)
    length = needed if maximum_length == AUTO else maximum_length
    windows = _windows(facts, length)
    pieces = facts.texts * _pieces_read(facts, length, windows)  # in one epoch
    wanted = math.ceil(STEPS_PER_BIT * bits / math.ceil(facts.texts / size))
    epochs = min(wanted, MOST_EPOCHS, int(MOST_PIECES / pieces))
    return {
        "batch_size": size,
        "epochs": max(epochs, FEWEST_EPOCHS),
        "learning_rate": min(max(round(LEARNING_RATE_PER_BIT * bits, 5), LEARNING_RATES[0]), LEARNING_RATES[1]),
        "maximum_length": length,
        "windows": windows,
    }


def _windows(facts: TrainingFacts, length: int) -> int:
    """Return the windows that nearly all texts need; fewer if even the fewest epochs would take too long."""
    needed = min(_windows_of(MOST_PIECES_PER_WORD * facts.long_words, length), MOST_WINDOWS)
    affordable = MOST_PIECES / FEWEST_EPOCHS / facts.texts
    if _pieces_read(facts, length, needed) <= affordable:
        return needed
    return max(1, min(needed, int(affordable / length)))


def _windows_of(pieces: int, length: int) -> int:
    """Return the number of windows of at most `length` tokens, ends included, of a text of so many pieces."""
    layout = Layout(max(length - ENDS, 1), MOST_WINDOWS)
    return 1 + math.ceil(max(pieces - layout.room, 0) / layout.step)


def _pieces_read(facts: TrainingFacts, length: int, windows: int) -> float:
    """Return the pieces that are read of a typical text."""
    typical = PIECES_PER_WORD * facts.median_words + ENDS
    return typical if typical <= length else min(OVERLAPPING * typical, windows * length)


def windows_as_long(windows: int, planned: int, length: int) -> int:
    """Return the number of windows of `length` tokens that reach as far as `windows` of the planned length."""
    reach = Layout(max(planned - ENDS, 1), windows).longest
    return windows if length >= planned else min(_windows_of(reach, length), MOST_WINDOWS)


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
