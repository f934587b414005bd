"""The measures of training values that cannot be compared as words, such as pictures, without the values themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from textlab.inputs import kind_of
from textlab.inputs.measures import UNREADABLE, Measures

MOST_MEASURED = 3_000  # values: 4 s for drawings of 200 pixels a side
MOST_BYTES = 400_000_000  # limit for the content that is read, however large each value is


@dataclass(frozen=True, eq=False)
class Measured:
    """The measures of n values of one input.

    Attributes:
        traits: the values of each trait, float32 (n,) each.
        embeddings: uint8 (n, d).
        forms: str (n,), the form of each value, such as PNG.
    """

    traits: dict[str, np.ndarray]
    embeddings: np.ndarray
    forms: np.ndarray

    def __len__(self) -> int:
        return len(self.embeddings)


def measured_values(input_name: str, values: Sequence[str], seed: int = 0) -> Measured:
    """Measure a random sample of the different values that are not missing.

    At most MOST_MEASURED are measured, and none after MOST_BYTES have been read. A value that cannot be decoded is left
    out.
    """
    kind = kind_of(input_name)
    present = list({kind.identity(value): value for value in values if not kind.is_blank(value)}.values())
    found, read = [], 0
    for row in np.random.default_rng(seed).permutation(len(present))[:MOST_MEASURED]:
        if read > MOST_BYTES:
            break
        size, measures = _measures(input_name, present[row])
        read += size
        found.append(measures)
    return together(kind.traits, [measures for measures in found if measures.form != UNREADABLE])


def together(traits: Sequence[str], measures: Sequence[Measures]) -> Measured:
    """Return measures as arrays; values without one of the traits must have been left out."""
    return Measured(
        {name: np.array([each.traits[name] for each in measures], dtype=np.float32) for name in traits},
        np.array([np.frombuffer(each.embedding, np.uint8) for each in measures]).reshape(len(measures), -1),
        np.array([each.form for each in measures], str),
    )


@lru_cache(maxsize=2 * MOST_MEASURED)
def _measures(input_name: str, value: str) -> tuple[int, Measures]:
    """Return the size of a value's content in bytes, and its measures, which several parts of a bundle need."""
    kind = kind_of(input_name)
    (content,) = kind.encode([value])
    return len(content), kind.measures(content)


def missing_shares(train: pd.DataFrame, inputs: Sequence[str]) -> dict[str, float]:
    """Return the share of examples in which each input is missing; {} for one input alone, which never is."""
    if len(inputs) == 1:
        return {}
    return {name: float(train[name].map(kind_of(name).is_blank).mean()) for name in inputs}
