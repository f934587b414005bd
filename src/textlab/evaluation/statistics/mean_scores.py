"""Models compared by the mean of a score that every single example has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.paired_sample import Contributions, PairedSample


@dataclass(frozen=True, eq=False)  # a frame has no truth value
class MeanScores(PairedSample):
    """A paired sample whose only metric is a mean over examples, such as the mean reciprocal rank of queries.

    Attributes:
        metric: the metric's name.
        table: float, one row per example and one column per model; higher is better.

    Raises:
        ValueError: the table is empty or holds a number that is not finite.
    """

    metric: str
    table: pd.DataFrame

    def __post_init__(self) -> None:
        if self.table.empty:
            raise ValueError("The table of scores is empty. Pass one row per example and one column per model.")
        broken = int((~np.isfinite(self.table.to_numpy(dtype=float))).sum())
        if broken:
            raise ValueError(f"{broken} scores are NaN or infinite. Leave out the model or the example.")

    @property
    def models(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names of the columns."""
        return tuple(map(str, self.table.columns))

    @property
    def examples(self) -> int:
        """The number of rows."""
        return len(self.table)

    @property
    def correct(self) -> None:
        """None: a score is neither right nor wrong."""
        return None

    def contributions(self) -> Contributions:
        """One for the example itself, then its score for each model: s = 1 + m."""
        rows = np.column_stack([np.ones(self.examples), self.table.to_numpy(dtype=float)])
        patterns, pattern_of_example, sizes = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        return Contributions(patterns, pattern_of_example.ravel(), sizes)

    def scores(self, sums: np.ndarray, metrics: Sequence[str]) -> dict[str, np.ndarray]:
        """The mean of each model's scores; NaN for an empty sample. See `PairedSample.scores`."""
        if unknown := set(metrics) - {self.metric}:
            raise ValueError(f"Unknown metric '{unknown.pop()}'. Available: {self.metric}.")
        count = sums[:, :1].astype(float)
        means = np.divide(sums[:, 1:], count, out=np.full(sums[:, 1:].shape, np.nan), where=count > 0)
        return dict.fromkeys(metrics, means)
