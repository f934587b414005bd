"""The interface of the champion for the checks."""

from typing import Protocol

import numpy as np

from textlab.data.examples import Examples


class Champion(Protocol):
    """A champion that the checks can ask, such as `textlab.export.bundle.Bundle`."""

    @property
    def label_names(self) -> list[str]:
        """The classes, in the order of the probabilities."""

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Return the probabilities of n examples, float32 (n, k)."""
