"""The costs of training and serving each model."""

from collections.abc import Iterable

import pandas as pd

from textlab.report.entries import Entry

COSTS = (
    *("fit_seconds", "peak_memory_mb", "latency_ms", "latency_p99_ms", "tweets_per_second", "bundle_mb", "memory_mb"),
)


def costs_by_model(entries: Iterable[Entry]) -> pd.DataFrame:
    """Compute the medians over each model's runs.

    The seed does not affect the costs, so runs of one model differ only by chance.

    Returns:
        One row per model (the index); the columns of `COSTS`, in the units of their names.
    """
    rows = [
        {"model": entry.model} | {cost: entry.run.metrics.get(cost, float("nan")) for cost in COSTS}
        for entry in entries
    ]
    return pd.DataFrame(rows).groupby("model", sort=False).median()
