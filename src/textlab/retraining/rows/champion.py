"""What the checks need of the champion."""

from typing import Protocol

import numpy as np

from textlab.data.examples import Examples


class Champion(Protocol):
    """What the checks need of the champion; `textlab.export.bundle.Bundle` has it."""

    label_names: list[str]

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Return the probabilities of n examples, float32 (n, k)."""
