"""Proof that an exported model answers like the trained one, on real and on odd examples."""

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Any

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import TRUNCATED
from textlab.data.examples import columns_of
from textlab.inputs import kind_of
from textlab.models.contract import Model
from textlab.models.saved_model import SavedModel

# Ten times the usual tolerance of an export: a run may have used another processor, which rounds differently.
PROMOTION_TOLERANCE = 1e-4


def promotion_tolerance(card: Mapping[str, Any]) -> float:
    """Return the largest allowed difference between a bundle and its run: more than usual if its card says why."""
    return max(PROMOTION_TOLERANCE, card.get("precision", {}).get("tolerance", 0.0))


def odd_examples(inputs: Sequence[str]) -> pd.DataFrame:
    """Make examples that a model must survive: one per odd value, combined with others and then alone.

    An input with fewer odd values repeats its own. Alone, an odd value stands beside missing ones.
    """
    odd = {name: kind_of(name).odd_values() for name in inputs}
    count = max(map(len, odd.values()))
    together = pd.DataFrame({name: list(islice(cycle(values), count)) for name, values in odd.items()}, dtype=object)
    if len(odd) == 1:
        return together
    alone = [pd.DataFrame(dict.fromkeys(inputs, "") | {name: odd[name]}, dtype=object) for name in inputs]
    return pd.concat([together, *alone], ignore_index=True)


def compared_examples(inputs: Sequence[str]) -> int:
    """Return the number of examples on which models with these inputs are compared: pictures take their time."""
    return min(kind_of(name).parity_examples for name in inputs)


def measure_parity(model: Model, served: SavedModel, examples: pd.DataFrame) -> float:
    """Return the largest difference between a number that the exported and the trained model answer.

    Raises:
        ValueError: the difference exceeds the family's `parity_tolerance`, or the two disagree about which texts are
            truncated.
    """
    answers, truncated = served.in_batches(columns_of(examples))
    difference = float(np.abs(model.answers(examples) - answers).max())
    if not difference <= model.parity_tolerance:
        raise ValueError(
            f"The exported {type(model).__name__} differs from the trained one by {difference:.2g} in its answers; "
            f"at most {model.parity_tolerance:.0e} is allowed. Correct the family's export so that it computes the "
            "same as the trained model."
        )
    expected = model.truncated(examples)
    if served.tells_truncated != (expected is not None):
        raise ValueError(
            f"The signature of this {type(model).__name__} states the output '{TRUNCATED}' without the method "
            "_truncated, or the method without the output. Give the family both or neither."
        )
    if expected is not None and (differing := int((expected != truncated).sum())):
        raise ValueError(
            f"The exported {type(model).__name__} tells something else about the length of {differing} texts than the "
            f"trained one. Correct the output '{TRUNCATED}' of the family's export."
        )
    return difference
