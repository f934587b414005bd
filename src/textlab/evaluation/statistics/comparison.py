"""Several models on the same examples: intervals, pairwise tests and groups of ties."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.bootstrap import CONFIDENCE, RESAMPLES, Bootstrap, bootstrap
from textlab.evaluation.statistics.paired_sample import PairedSample
from textlab.evaluation.statistics.pairwise import groups, pair_table


@dataclass(frozen=True)
class Comparison:
    """The results of models that were tested on the same examples.

    Attributes:
        metric: the primary metric, which `pairs` and the groups refer to.
        best: the model that leads group 1.
        examples: number of test examples.
        confidence: confidence of every interval.
        intervals: one row per model (the index), sorted by the primary metric, highest first. Columns: group (see
            `pairwise.groups`), and <metric>, <metric>_low, <metric>_high for each metric.
        pairs: see `pairwise.pair_table`.
        scored: the bootstrap of the primary metric, with the models in the order of the paired sample; None if it was
            not kept.
        noun: what the examples are called, in the plural.
    """

    metric: str
    best: str
    examples: int
    confidence: float
    intervals: pd.DataFrame
    pairs: pd.DataFrame
    scored: Bootstrap | None = None
    noun: str = "texts"

    def pair(self, first: str, second: str) -> dict[str, Any]:
        """Return the row of `pairs` for two models, in either order."""
        pairs = self.pairs
        row = pairs[pairs["better"].isin((first, second)) & pairs["worse"].isin((first, second))].iloc[0]
        return {str(column): value for column, value in row.items()}


def compare(
    sample: PairedSample,
    metrics: Sequence[str],
    best: str | None = None,
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Comparison:
    """Compute intervals for every model and tests for every pair of models.

    Args:
        sample: the models' results.
        metrics: the primary metric first. The others get intervals as well.
        best: the model that validation chose; by default the one with the highest score here.
        resamples: number of bootstrap resamples.
        confidence: confidence of the intervals.
        seed: random seed of the bootstrap.

    Raises:
        ValueError: `best` is not one of the models, or a metric is unknown or undefined on these examples.
    """
    if best is not None and best not in sample.models:
        raise ValueError(f"The best model, '{best}', is not among those compared. Choose from {_listed(sample)}.")
    metric, scored = metrics[0], bootstrap(sample, list(dict.fromkeys(metrics)), resamples, seed)
    if np.isnan(scored[metric].observed).any():
        raise ValueError(f"'{metric}' is undefined here: no example has the class that it measures. Choose another.")
    intervals = _intervals(sample, scored, confidence).sort_values(metric, ascending=False, kind="stable")
    pairs = pair_table(sample, scored[metric], confidence)
    best = best or str(intervals.index[0])
    intervals.insert(0, "group", groups(list(intervals.index), pairs, best))
    return Comparison(metric, best, sample.examples, confidence, intervals, pairs, scored[metric], sample.noun)


def _intervals(sample: PairedSample, scored: dict[str, Bootstrap], confidence: float) -> pd.DataFrame:
    table = pd.DataFrame(index=pd.Index(sample.models, name="model"))
    for metric, scores in scored.items():
        ends = [scores.interval(model, confidence) for model in range(len(sample.models))]
        table[metric] = scores.observed
        table[f"{metric}_low"], table[f"{metric}_high"] = zip(*ends, strict=True)
    return table


def _listed(sample: PairedSample) -> str:
    return ", ".join(sample.models)
