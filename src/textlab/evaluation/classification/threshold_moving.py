"""Move the thresholds of a fitted classifier towards its rare classes, on validation.

The remedy for classes of different sizes that needs no other training. It decides for the class with the largest
product of probability and cost of missing it. The cost is a power of how rare the class is; with a power of 1, this is
the best rule for macro recall: Menon et al. (2021), "Long-tail learning via logit adjustment", section 4. A bundle
serves the rule as costs, see `textlab.bundle_format.decisions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from textlab.evaluation.classification.deciding.costs import by_cost
from textlab.evaluation.classification.metrics import score_of
from textlab.evaluation.classification.predictions import label_names_of

POWERS = np.arange(-1.0, 2.01, 0.25)  # below 0 for a model that already favours rare classes too much


@dataclass(frozen=True)
class MovedThresholds:
    """A rule of decisions that validation chose.

    Attributes:
        costs: the cost of missing each class; that of the most frequent one is 1.
        power: the power of rarity that the costs are; 0 leaves the decisions as they are.
        score: the score of the rule on validation.
    """

    costs: Mapping[str, float]
    power: float
    score: float

    def applied(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """Return the predictions with the class that the rule decides as `predicted`."""
        return predictions if self.power == 0 else by_cost(predictions, _matrix(self.costs))


def move_thresholds(validation: pd.DataFrame, shares: Mapping[str, float], metric: str) -> MovedThresholds:
    """Choose the power with the best score on validation; of equals, the one nearest to 0.

    Args:
        validation: the predictions of a model on validation.
        shares: the share of each class among the training examples.
        metric: the score, one of `metrics.DECISIVE_METRICS` that depends on the predicted classes.
    """
    names, most = label_names_of(validation), max(shares.values())
    rarity = np.array([most / max(shares.get(name, 0.0), most / len(validation)) for name in names])

    def moved(power: float) -> MovedThresholds:
        rule = MovedThresholds(dict(zip(names, (rarity**power).tolist(), strict=True)), power, float("nan"))
        return replace(rule, score=score_of(rule.applied(validation), metric))

    nearest_first = sorted(POWERS.tolist(), key=lambda power: (abs(power), -power))
    return max(map(moved, nearest_first), key=lambda rule: rule.score)


def _matrix(costs: Mapping[str, float]) -> np.ndarray:
    """Return the costs, float (k, k) with a row for each right class."""
    return np.array(list(costs.values()))[:, None] * (1 - np.eye(len(costs)))
