"""What frames of predictions with probabilities have in common, for one class per example and for several labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.inputs import kind_of, noun_of, plural_of
from textlab.wording import shortlist


@dataclass(frozen=True)
class TestedExamples:
    """The examples that a model was tested on.

    Attributes:
        label_names: the classes or labels that it predicts.
        inputs: the columns of inputs.
        identities: the columns that tell examples apart, with equal values for equal examples.
    """

    label_names: Sequence[str]
    inputs: tuple[str, ...]
    identities: pd.DataFrame


def nouns_of_inputs(inputs: Sequence[str]) -> tuple[str, str]:
    """Return what one example and several are called: a text, a picture, or an example of several inputs."""
    return (noun_of(inputs[0]), plural_of(inputs[0])) if len(inputs) == 1 else ("example", "examples")


def input_identities(predictions: pd.DataFrame, inputs: Sequence[str]) -> dict[str, pd.Series]:
    """Return the identity of each input's value, by input; equal values have equal identities."""
    return {name: predictions[name].fillna("").astype(str).map(kind_of(name).identity) for name in inputs}


def check_same_examples(tested: Mapping[str, TestedExamples], predicted: str) -> None:
    """Check that models can be compared.

    Args:
        tested: for each model, what it was tested on.
        predicted: what they predict: "classes" or "labels".

    Raises:
        ValueError: there is no model, or two have different classes or labels or were tested on different examples.
    """
    if not tested:
        raise ValueError("There are no predictions. Pass a mapping from each model's name to its predictions.")
    first, *others = tested
    left, noun = tested[first], nouns_of_inputs(tested[first].inputs)[1]
    for other in others:
        right = tested[other]
        if left.label_names != right.label_names:
            raise ValueError(
                f"'{first}' has the {predicted} {shortlist(left.label_names)}, and '{other}' has "
                f"{shortlist(right.label_names)}. Compare models of the same {predicted}."
            )
        mine, theirs = left.identities, right.identities
        if left.inputs != right.inputs:
            difference = f"'{first}' was tested on {', '.join(left.inputs)} and '{other}' on {', '.join(right.inputs)}"
        elif len(mine) != len(theirs):
            difference = f"'{first}' was tested on {len(mine):,} {noun} and '{other}' on {len(theirs):,}"
        elif differing := [str(column) for column in mine if not mine[column].equals(theirs[column])]:
            difference = f"the {noun} of '{first}' and '{other}' differ in {shortlist(differing)}"
        else:
            continue
        raise ValueError(f"Test sets differ: {difference}. Compare runs on one dataset with one digest.")


def check_shape(probabilities: np.ndarray, expected: tuple[int, int], column: str) -> None:
    """Check that there is a finite number for each of n examples and k classes or labels.

    Args:
        probabilities: what a model answered.
        expected: n and k.
        column: what a column belongs to, such as "class".

    Raises:
        ValueError: the shape is another one, n is 0, or a number is NaN or infinite.
    """
    if probabilities.shape != expected:
        raise ValueError(
            f"Probabilities have the shape {probabilities.shape}. "
            f"Expected {expected}: one row per example and one column per {column}."
        )
    if not expected[0]:
        raise ValueError("There are no examples to score. Pass at least one.")
    if broken := _not_finite(probabilities):
        raise ValueError(
            f"{broken} of {expected[0]} rows hold a probability that is NaN or infinite. "
            "Check the model's loss: training has probably diverged."
        )


def check_finite_answers(model: str, probabilities: np.ndarray, predicted: str) -> None:
    """Raise ValueError if a probability (n, k) is NaN or infinite; the message names the model and what it predicts."""
    if broken := _not_finite(probabilities):
        raise ValueError(
            f"'{model}': {broken} of {len(probabilities)} rows hold a probability that is NaN or infinite, so the "
            f"predicted {predicted} mean nothing. Leave the run out and check its loss: training has probably diverged."
        )


def _not_finite(probabilities: np.ndarray) -> int:
    return int((~np.isfinite(probabilities)).any(axis=1).sum())
