"""Models compared by the means of scores that every single example has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.paired_sample import Contributions, PairedSample


@dataclass(frozen=True, eq=False)  # a frame has no truth value
class MeanScores(PairedSample):
    """A paired sample whose metrics are means over examples, such as the mean reciprocal rank of queries.

    Attributes:
        tables: for each metric float (n, m), one row per example and one column per model; higher is better. All
            tables have the same columns.

    Raises:
        ValueError: there is no table, a table is empty or holds a number that is not finite, or the tables differ in
            their rows or columns.
    """

    tables: Mapping[str, pd.DataFrame]

    def __post_init__(self) -> None:
        if not self.tables or any(table.empty for table in self.tables.values()):
            raise ValueError("The table of scores is empty. Pass one row per example and one column per model.")
        shapes = {(len(table), tuple(table.columns)) for table in self.tables.values()}
        if len(shapes) > 1:
            raise ValueError("The tables of scores differ in rows or columns. Score the same examples and models.")
        for metric, table in self.tables.items():
            if broken := int((~np.isfinite(table.to_numpy(dtype=float))).sum()):
                raise ValueError(
                    f"{broken} scores of {metric} are NaN or infinite. Leave out the model or the example."
                )

    @property
    def models(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names of the columns."""
        return tuple(map(str, self._first.columns))

    @property
    def examples(self) -> int:
        """The number of rows."""
        return len(self._first)

    @property
    def correct(self) -> None:
        """None: a score is neither right nor wrong."""
        return None

    def contributions(self) -> Contributions:
        """One for the example itself, then its scores for each model, metric by metric: s = 1 + metrics * m."""
        scores = [table.to_numpy(dtype=float) for table in self.tables.values()]
        rows = np.column_stack([np.ones(self.examples), *scores])
        patterns, pattern_of_example, sizes = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        return Contributions(patterns, pattern_of_example.ravel(), sizes)

    def scores(self, sums: np.ndarray, metrics: Sequence[str]) -> dict[str, np.ndarray]:
        """The means of each model's scores; NaN for an empty sample. See `PairedSample.scores`."""
        if unknown := set(metrics) - set(self.tables):
            raise ValueError(f"Unknown metric '{unknown.pop()}'. Available: {', '.join(self.tables)}.")
        count = sums[:, :1].astype(float)
        means = np.divide(sums[:, 1:], count, out=np.full(sums[:, 1:].shape, np.nan), where=count > 0)
        of_metrics = np.split(means, len(self.tables), axis=1)
        return {metric: of_metrics[list(self.tables).index(metric)] for metric in metrics}

    @property
    def _first(self) -> pd.DataFrame:
        return next(iter(self.tables.values()))
