"""The outcomes of decision rules on a split, beside the promises."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from textlab.bundle_format.decisions import DecisionRules
from textlab.evaluation.classification.deciding.guarantees import exact_interval
from textlab.evaluation.classification.deciding.rules import Promise
from textlab.evaluation.classification.predictions import class_indices, label_names_of, probabilities_of
from textlab.evaluation.statistics.bootstrap import bootstrap
from textlab.evaluation.statistics.mean_scores import MeanScores


@dataclass(frozen=True)
class Outcome:
    """The outcome of a promise on a split.

    Attributes:
        value: the share that was promised; of costs, the cost per example. NaN if there is no example to measure it.
        low, high: its 95 % interval: exact, or BCa of a cost.
        examples: the number of examples that it refers to.
        share: the share of all examples that these are.
    """

    value: float
    low: float
    high: float
    examples: int
    share: float

    def verdict(self, wanted: float | None) -> str:
        """Say whether the promise is kept: "kept", "within noise", "broken"; "" of costs, which promise no number."""
        if wanted is None or self.value != self.value:
            return ""
        if self.value >= wanted:
            return "kept"
        return "within noise" if self.high >= wanted else "broken"


def outcomes(promises: Sequence[Promise], rules: DecisionRules, predictions: pd.DataFrame) -> list[Outcome | None]:
    """Measure each promise on a split; None for a promise that cannot be kept.

    Args:
        promises, rules: from `rules.fit_rules`.
        predictions: the model's predictions on the split.
    """
    measured = _Measured(rules, predictions)
    return [None if promise.problem else measured.outcome(promise) for promise in promises]


def set_table(rules: DecisionRules, predictions: pd.DataFrame) -> pd.DataFrame:
    """Measure the prediction sets of each class.

    Returns:
        One row per class (the index): examples, coverage (the share of its examples whose set holds it), low, high (the
        exact 95 % interval), size (the mean size of the sets of its examples). NaN for a class without examples.
    """
    labels, sets = class_indices(predictions, "label"), rules.in_sets(probabilities_of(predictions))
    sizes, rows = sets.sum(axis=1), {}
    for place, name in enumerate(rules.label_names):
        held = sets[labels == place, place]
        low, high = exact_interval(int(held.sum()), len(held))
        rows[name] = {
            "examples": len(held),
            "coverage": float(held.mean()) if len(held) else float("nan"),
            "low": low,
            "high": high,
            "size": float(sizes[labels == place].mean()) if len(held) else float("nan"),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("class")


class _Measured:
    """The decisions about the examples of a split."""

    def __init__(self, rules: DecisionRules, predictions: pd.DataFrame) -> None:
        self._rules, self._names = rules, label_names_of(predictions)
        self._labels, self._probabilities = class_indices(predictions, "label"), probabilities_of(predictions)

    def outcome(self, promise: Promise) -> Outcome:
        if promise.kind == "costs":
            return self._cost()
        if promise.kind == "coverage":
            sets = self._rules.in_sets(self._probabilities)
            return self._share(sets[np.arange(len(sets)), self._labels], np.ones(len(sets), dtype=bool))
        if promise.kind == "accuracy":
            decided = self._rules.decided(self._probabilities)
            return self._share(decided == self._labels, decided >= 0)
        place = self._names.index(promise.label)
        # Abstention changes precision and recall; the promise is about the class that is decided before it.
        is_decided = replace(self._rules, abstain_below=None).decided(self._probabilities) == place
        is_class = self._labels == place
        return self._share(is_class, is_decided) if promise.kind == "precision" else self._share(is_decided, is_class)

    def _share(self, hits: np.ndarray, counted: np.ndarray) -> Outcome:
        examples, right = int(counted.sum()), int(hits[counted].sum())
        value = right / examples if examples else float("nan")
        return Outcome(value, *exact_interval(right, examples), examples, examples / len(hits))

    def _cost(self) -> Outcome:
        rules = replace(self._rules, abstain_below=None)
        costs = np.array(rules.costs)[self._labels, rules.decided(self._probabilities)]
        (scored,) = bootstrap(MeanScores({"cost": pd.DataFrame({"model": costs})}), ["cost"]).values()
        return Outcome(float(costs.mean()), *scored.interval(), len(costs), 1.0)
