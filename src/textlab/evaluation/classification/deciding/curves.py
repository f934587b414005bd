"""The risk-coverage curve of abstention, and the cost curve."""

import numpy as np
import pandas as pd

from textlab.evaluation.classification.deciding.costs import by_cost, mean_cost
from textlab.evaluation.classification.predictions import (
    class_indices,
    confidence_of,
    label_names_of,
    probabilities_of,
)

RATIOS = np.geomspace(1, 100, 41)


def risk_coverage(predictions: pd.DataFrame) -> pd.DataFrame:
    """Compute the share of wrong answers if only the most confident ones are given.

    El-Yaniv and Wiener (2010), "On the foundations of noise-free selective classification". Examples with the same
    confidence are answered together.

    Returns:
        One row per distinct confidence, the highest first: threshold, coverage (share of examples answered), risk
        (share of wrong answers among them).
    """
    confidence = confidence_of(predictions)
    wrong = class_indices(predictions, "predicted") != class_indices(predictions, "label")
    order = np.argsort(-confidence, kind="stable")
    ranked, mistakes = confidence[order], np.cumsum(wrong[order])
    ends = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True))
    return pd.DataFrame(
        {
            "threshold": ranked[ends],
            "coverage": (ends + 1) / len(ranked),
            "risk": mistakes[ends] / (ends + 1),
        }
    )


def mean_risk(curve: pd.DataFrame) -> float:
    """Return the area under a risk-coverage curve: the mean risk over all coverages. Lower is better."""
    widths = np.diff(curve["coverage"], prepend=0.0)
    return float((widths * curve["risk"]).sum())


def cost_curve(predictions: pd.DataFrame, label: str) -> pd.DataFrame:
    """Compute the cost per example for a range of costs of missing one class; other mistakes cost 1.

    Returns:
        One row per ratio of costs, from 1 to 100: ratio, by_cost (if the class of the lowest expected cost is decided),
        most_probable (if the most probable class is), constant (the cheapest constant answer).
    """
    names, labels = label_names_of(predictions), class_indices(predictions, "label")
    likely, place = probabilities_of(predictions).argmax(axis=1), names.index(label)
    rows = []
    for ratio in RATIOS:
        matrix = 1.0 - np.eye(len(names))
        matrix[place] *= ratio
        rows.append(
            {
                "ratio": float(ratio),
                "by_cost": mean_cost(labels, class_indices(by_cost(predictions, matrix), "predicted"), matrix),
                "most_probable": mean_cost(labels, likely, matrix),
                "constant": float(matrix[labels].mean(axis=0).min()),
            }
        )
    return pd.DataFrame(rows)
