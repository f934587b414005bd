"""Floors: scores that a model must exceed, because they come from answers that ignore the example."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.evaluation.choice.floors import FloorTest
from textlab.evaluation.classification.comparison import ALWAYS, compare_classifiers
from textlab.evaluation.classification.deciding.costs import compare_by_cost
from textlab.evaluation.classification.predictions import input_columns, label_names_of, predictions_frame
from textlab.evaluation.statistics.significance import SIGNIFICANCE

MAJORITY = "majority class"
CHEAPEST = "cheapest class"  # replaces the majority class where decisions have costs
SHARES = "class shares"
FLOORS = (MAJORITY, SHARES)


@dataclass(frozen=True, eq=False)  # a comparison holds frames
class ClassFloorTest(FloorTest):
    """A classifier beside the floors, on one split.

    Attributes:
        model, comparison, floors: see `FloorTest`. The majority class, whose score owes nothing to a draw, is first.
        majority: the class that the first floor always predicts.
        classes: the number of classes that the split's texts have.
    """

    majority: str
    classes: int

    @property
    def floor_text(self) -> str:
        """The name of the floor that decides, with the class that the majority floor predicts."""
        return f'{self.floor}, always "{self.majority}"' if self.floor in (MAJORITY, CHEAPEST) else self.floor

    @property
    def is_less_accurate_than_majority(self) -> bool:
        """True if the model is right significantly less often than the majority class (McNemar's test)."""
        if MAJORITY not in self.floors:
            return False
        accuracy = self.comparison.intervals["accuracy"]
        p = float(self.comparison.pair(self.model, MAJORITY)["mcnemar_p"])
        return float(accuracy[self.model]) < float(accuracy[MAJORITY]) and p < SIGNIFICANCE


def floor_test(
    model: str,
    predictions: pd.DataFrame,
    shares: Mapping[str, float],
    metric: str,
    costs: np.ndarray | None = None,
    **options: Any,
) -> ClassFloorTest:
    """Compare a model with the floors.

    Args:
        model: the model's name.
        predictions: the model's predictions on one split.
        shares: each class's share of the training texts.
        metric: the compared metric, one of `decision_scores.score_names`; or `costs.COST_SAVED`.
        costs: the costs of decisions, float (k, k), for `COST_SAVED`.
        options: see `statistics.comparison.compare`. Its default seed draws the same resamples as every comparison on
            these texts.
    """
    names, classes = label_names_of(predictions), predictions["label"].nunique()
    constant = _constant_class(names, shares, costs)
    floors = floor_predictions(predictions, shares, costs)
    frames = {model: predictions} | floors
    if costs is None:
        comparison = compare_classifiers(frames, metric, model, **options)
    else:
        comparison = compare_by_cost(frames, costs, ALWAYS, model, **options)
    return ClassFloorTest(model, comparison, tuple(floors), constant, classes)


def floor_predictions(
    predictions: pd.DataFrame, shares: Mapping[str, float], costs: np.ndarray | None = None
) -> dict[str, pd.DataFrame]:
    """Predict the classes of examples without reading them.

    `MAJORITY` is always the most frequent training class. `SHARES` draws a class with the training shares: the texts of
    each class, in the order of a hash of their ids, get the classes in these shares. So the score is that of an average
    draw, not of a lucky one, and the same texts give the same predictions in every order and on every machine.

    Args:
        predictions: a model's predictions, whose texts and classes are taken.
        shares: each class's share of the training texts; a missing class has none.
        costs: the costs of decisions, float (k, k); with them, `CHEAPEST` is in the place of `MAJORITY`.
    """
    names = label_names_of(predictions)
    known = np.array([shares.get(name, 0.0) for name in names], dtype=float)
    drawn = np.searchsorted(np.cumsum(known / known.sum()), _uniform(predictions), side="right")
    majority = names.index(_constant_class(names, shares, costs))
    chosen = {
        MAJORITY if costs is None else CHEAPEST: np.full(len(predictions), majority),
        SHARES: np.minimum(drawn, len(names) - 1),
    }
    inputs, labels = input_columns(predictions), pd.Index(names).get_indexer(pd.Index(predictions["label"]))
    examples = predictions[["id", *inputs]].assign(label=labels)
    return {
        floor: predictions_frame(examples, np.eye(len(names))[classes], names, inputs)
        for floor, classes in chosen.items()
    }


def _constant_class(names: Sequence[str], shares: Mapping[str, float], costs: np.ndarray | None) -> str:
    """Return the class that scores or costs best if it is always decided."""
    if costs is None:
        return most_frequent(names, shares)
    known = np.array([shares.get(name, 0.0) for name in names], dtype=float)
    return names[int((known @ costs).argmin())]


def most_frequent(names: Sequence[str], shares: Mapping[str, float]) -> str:
    """Return the class with the largest share, the first of equals."""
    return max(names, key=lambda name: shares.get(name, 0.0))


def _uniform(predictions: pd.DataFrame) -> np.ndarray:
    """Spread numbers evenly between 0 and 1 over the texts of each class, in the order of the sha256 of their ids."""
    hashes = pd.Series([hashlib.sha256(str(text_id).encode()).hexdigest() for text_id in predictions["id"]])
    of_class = hashes.groupby(predictions["label"].to_numpy())
    ranks, sizes = of_class.rank(method="first").to_numpy(float), of_class.transform("size").to_numpy(float)
    return (ranks - 0.5) / sizes
