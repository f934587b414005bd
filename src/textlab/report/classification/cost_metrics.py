"""The metrics of costs, which runs do not have by themselves because costs belong to the grid."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from textlab.evaluation.classification.deciding.costs import COST_SAVED, by_cost, cost_saved, mean_cost
from textlab.evaluation.classification.predictions import class_indices, label_names_of
from textlab.evaluation.wishes import Wishes
from textlab.report.entries import Entry

EXPECTED_COST = "expected_cost"


def with_cost_saved(entries: Sequence[Entry], wishes: Wishes) -> list[Entry]:
    """Return the entries with the metrics of costs in their runs.

    Raises:
        ValueError: no costs are stated.
    """
    matrix = wishes.cost_matrix(label_names_of(entries[0].test))
    if matrix is None:
        raise ValueError(f"The primary metric is {COST_SAVED}, and no costs are stated. State 'decision: costs'.")
    return [
        replace(entry, run=replace(entry.run, metrics={**entry.run.metrics, **cost_metrics(entry, matrix)}))
        for entry in entries
    ]


def cost_metrics(entry: Entry, matrix: np.ndarray) -> dict[str, float]:
    """Return <split>_cost_saved, see `costs.CostedDecisions`, and <split>_expected_cost per example."""
    found = {}
    for split, frame in (("validation", entry.validation), ("test", entry.test)):
        labels, decided = class_indices(frame, "label"), class_indices(by_cost(frame, matrix), "predicted")
        found[f"{split}_{COST_SAVED}"] = cost_saved(labels, decided, matrix)
        found[f"{split}_{EXPECTED_COST}"] = mean_cost(labels, decided, matrix)
    return found
