"""Learn a teacher's answers instead of labels: Tang et al. 2019, "Distilling task-specific knowledge from BERT into
simple neural networks", section 3.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SMALLEST_PROBABILITY = 1e-4  # below it, a teacher's logit reflects the precision of float32 rather than its certainty


@dataclass(frozen=True, eq=False)
class TeacherAnswers:
    """The probabilities that a teacher gives to texts.

    Attributes:
        texts: n texts.
        probabilities: float (n, k).

    Raises:
        ValueError: the numbers of texts and of answers differ.
    """

    texts: Sequence[str]
    probabilities: np.ndarray

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.probabilities):
            raise ValueError(
                f"{len(self.texts)} texts came with {len(self.probabilities)} answers. Give one answer for each text."
            )

    def logits(self, n_classes: int) -> np.ndarray:
        """Return the logits float32 (n, k), centred for each text, as logits are known up to a constant.

        Raises:
            ValueError: the teacher knows another number of classes.
        """
        k = self.probabilities.shape[1]
        if k != n_classes:
            raise ValueError(
                f"The teacher knows {k} classes, but the training data has {n_classes}. Choose a teacher that was "
                "trained on the same classes."
            )
        logarithms = np.log(np.maximum(self.probabilities, SMALLEST_PROBABILITY))
        return (logarithms - logarithms.mean(axis=1, keepdims=True)).astype(np.float32)
