"""Proof that an exported model answers like the trained one, on real and on odd examples."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.data.examples import columns_of
from textlab.models.classifier import Classifier
from textlab.models.saved_model import SavedModel

ODD_TEXTS = ("", " ", "\x00", "\ud800", "\u202eא ב", "👩‍👩‍👧", "é" * 3, "#", "@", "&amp;amp;", "z" * 10_000)
PARITY_EXAMPLES = 2_000


def odd_examples(inputs: Sequence[str]) -> pd.DataFrame:
    """Make examples that a model must survive: one per odd text, which is the value of every input."""
    return pd.DataFrame({name: pd.Series(ODD_TEXTS, dtype=object) for name in inputs})


def measure_parity(model: Classifier, served: SavedModel, examples: pd.DataFrame) -> float:
    """Return the largest difference between a probability of the exported and of the trained model.

    Raises:
        ValueError: the difference exceeds the family's `parity_tolerance`.
    """
    answers = served.answer(columns_of(examples))
    difference = float(np.abs(model.predict_proba(examples) - answers).max())
    if not difference <= model.parity_tolerance:
        raise ValueError(
            f"The exported {type(model).__name__} differs from the trained one by {difference:.2g} in a probability; "
            f"at most {model.parity_tolerance:.0e} is allowed. Correct the family's export so that it computes the "
            "same as predict_proba."
        )
    return difference
