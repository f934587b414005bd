"""Expected costs of decisions, and models compared by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from textlab.bundle_format.decisions import DecisionRules
from textlab.evaluation.classification.decisions import Decisions, decisions_of
from textlab.evaluation.classification.predictions import (
    class_indices,
    label_names_of,
    probabilities_of,
)
from textlab.evaluation.statistics.comparison import Comparison, compare
from textlab.evaluation.statistics.mean_scores import MeanScores
from textlab.evaluation.statistics.paired_sample import Contributions

COST_SAVED = "cost_saved"
NEGATED_COST = "negated_cost"


def mean_cost(labels: np.ndarray, decided: np.ndarray, matrix: np.ndarray) -> float:
    """Return the cost per example.

    Args:
        labels, decided: int (n,), positions of classes.
        matrix: float (k, k), with a row for each right class.
    """
    return float(matrix[labels, decided].mean())


def by_cost(predictions: pd.DataFrame, matrix: np.ndarray) -> pd.DataFrame:
    """Return the predictions with the class of the lowest expected cost as `predicted`."""
    names = label_names_of(predictions)
    rules = DecisionRules(tuple(names), costs=tuple(map(tuple, matrix.tolist())))
    decided = rules.decided(probabilities_of(predictions))
    return predictions.assign(predicted=np.array(names, dtype=object)[decided])


def cheapest_class(labels: np.ndarray, matrix: np.ndarray) -> int:
    """Return the class that costs least if it is always decided, as a position; the first of equals."""
    return int(matrix[labels].mean(axis=0).argmin())


def cost_saved(labels: np.ndarray, decided: np.ndarray, matrix: np.ndarray) -> float:
    """Return the share of the cost of the cheapest constant answer that decisions save, see `CostedDecisions`."""
    constant = float(matrix[labels].mean(axis=0).min())
    return 1 - mean_cost(labels, decided, matrix) / constant if constant else float("nan")


@dataclass(frozen=True)
class CostedDecisions(Decisions):
    """Decisions of models that are also scored by `cost_saved`.

    `cost_saved` is the share of the cost of the cheapest constant answer that a model saves: 1 minus its cost over that
    cost. A model without mistakes saves 1, and always deciding for one class saves 0 or less. So more is better, and
    the unit of the costs does not matter: Drummond and Holte (2006), "Cost curves", normalise alike.

    Attributes:
        models, label_names, labels, predicted, noun: see `Decisions`.
        matrix: float (k, k), the costs with a row for each right class.
    """

    matrix: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    def contributions(self) -> Contributions:
        """Those of `Decisions`, then the cost of each model's decision: s = (2 m + 1) k + m."""
        from scipy.sparse import csr_array, hstack

        of_decisions = super().contributions()
        _, first = np.unique(of_decisions.pattern_of_example, return_index=True)
        costs = self.matrix[self.labels[first][:, None], self.predicted[:, first].T].astype(np.float32)
        patterns = of_decisions.patterns
        joined: Any = np.hstack([patterns, costs]) if isinstance(patterns, np.ndarray) else None
        if joined is None:
            joined = csr_array(hstack([patterns, csr_array(costs)]))
        return Contributions(joined, of_decisions.pattern_of_example, of_decisions.sizes)

    def scores(self, sums: np.ndarray, metrics: Sequence[str]) -> dict[str, np.ndarray]:
        """Compute `cost_saved` and the metrics of `Decisions`; see `PairedSample.scores`."""
        models, classes = len(self.models), len(self.label_names)
        counts, costs = sums[:, :-models], sums[:, -models:].astype(np.float64)
        found = super().scores(counts, [metric for metric in metrics if metric != COST_SAVED])
        if COST_SAVED in metrics:
            cheapest = (counts[:, -classes:].astype(np.float64) @ self.matrix).min(axis=1, keepdims=True)
            ratio = np.divide(costs, cheapest, out=np.full(costs.shape, np.nan), where=cheapest > 0)
            found[COST_SAVED] = 1 - ratio
        return found


def compare_by_cost(
    predictions: Mapping[str, pd.DataFrame],
    matrix: np.ndarray,
    metrics: Sequence[str],
    best: str | None = None,
    **options: Any,
) -> Comparison:
    """Compare classifiers that decide for the class of the lowest expected cost, by `cost_saved`.

    Args:
        predictions: for each model, its predictions on the same examples.
        matrix: the costs, float (k, k).
        metrics: further metrics of `decision_scores`; they refer to the classes of the lowest expected cost.
        best, options: see `statistics.comparison.compare`.

    Raises:
        ValueError: see `statistics.comparison.compare` and `decisions.decisions_of`.
    """
    sample = decisions_of({model: by_cost(frame, matrix) for model, frame in predictions.items()})
    costed = CostedDecisions(
        sample.models, sample.label_names, sample.labels, sample.predicted, sample.noun, matrix=matrix
    )
    return compare(costed, [COST_SAVED, *metrics], best, **options)


def cost_table(predictions: Mapping[str, pd.DataFrame], matrix: np.ndarray, **options: Any) -> pd.DataFrame:
    """Compare what models cost per example if they decide by cost, and by the most probable class.

    Args:
        predictions: for each model, its predictions on the same examples; the first is the one to compare with.
        matrix: the costs, float (k, k).
        options: see `statistics.comparison.compare`.

    Returns:
        One row per model (the index), in the order given: cost, low, high (a BCa interval), most_probable (the cost of
        always deciding for the most probable class), difference (to the first model), p (of a paired bootstrap test,
        corrected by Holm; NaN for the first model).
    """
    costs, plain = {}, {}
    for model, frame in predictions.items():
        labels = class_indices(frame, "label")
        costs[model] = -matrix[labels, class_indices(by_cost(frame, matrix), "predicted")]
        plain[model] = mean_cost(labels, probabilities_of(frame).argmax(axis=1), matrix)
    comparison = compare(MeanScores({NEGATED_COST: pd.DataFrame(costs)}), [NEGATED_COST], **options)
    first, rows = next(iter(costs)), {}
    for model in costs:
        row = comparison.intervals.loc[model]
        rows[model] = {
            "cost": -row[NEGATED_COST],
            "low": -row[f"{NEGATED_COST}_high"],
            "high": -row[f"{NEGATED_COST}_low"],
            "most_probable": plain[model],
            "difference": float(costs[first].mean() - costs[model].mean()),
            "p": float("nan") if model == first else float(comparison.pair(first, model)["p_holm"]),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
