"""Models on one test set, compared so that one can stand behind it: intervals, pairs and groups."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.statistics.bootstrap import CONFIDENCE, RESAMPLES, bootstrap
from textlab.evaluation.statistics.pairwise import groups, pair_table

ALWAYS = ("accuracy", "macro_f1")  # have an interval beside the primary metric


@dataclass(frozen=True)
class Comparison:
    """What is known about models after they were tested on the same texts.

    Attributes:
        metric: the primary one; `pairs` and groups are by it.
        best: the model that was chosen.
        texts: in the test set.
        confidence: of every interval.
        intervals: a row a model (the index), highest in the primary metric first: group (1 is the group of the
            best, see `pairwise.groups`), and for each metric <metric>, <metric>_low, <metric>_high.
        pairs: see `pairwise.pair_table`.
    """

    metric: str
    best: str
    texts: int
    confidence: float
    intervals: pd.DataFrame
    pairs: pd.DataFrame


def compare(
    predictions: Mapping[str, pd.DataFrame],
    metric: str,
    best: str | None = None,
    *,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Comparison:
    """Score models on one test set with intervals, and every pair of them with tests.

    Args:
        predictions: for each model's name its predictions on the test texts.
        metric: the primary one, of `decisions.score_names`.
        best: the model that validation chose; default the one that scores highest here.
        resamples: of the bootstrap.
        confidence: of the intervals.
        seed: of the bootstrap.

    Raises:
        ValueError: there is no model, `best` is none of them, the metric cannot be read from decisions or has no
            value on these texts, a probability is NaN or infinite, or two models have other classes or were tested
            on other texts.
    """
    decisions = decisions_of(predictions)
    if best is not None and best not in decisions.models:
        raise ValueError(f"The best model, '{best}', is none of those compared: {', '.join(decisions.models)}.")
    metrics = list(dict.fromkeys([metric, *ALWAYS]))
    scored = bootstrap(decisions, metrics, resamples, seed)
    if np.isnan(scored[metric].observed).any():
        raise ValueError(f"'{metric}' has no value on these texts: none of them is labelled so. Choose another metric.")
    intervals = pd.DataFrame(index=pd.Index(decisions.models, name="model"))
    for name, scores in scored.items():
        ends = [scores.interval(model, confidence) for model in range(len(decisions.models))]
        intervals[name] = scores.observed
        intervals[f"{name}_low"], intervals[f"{name}_high"] = zip(*ends, strict=True)
    intervals = intervals.sort_values(metric, ascending=False, kind="stable")
    pairs = pair_table(decisions, scored[metric], confidence)
    best = best or str(intervals.index[0])
    intervals.insert(0, "group", groups(list(intervals.index), pairs, best))
    return Comparison(metric, best, len(decisions.labels), confidence, intervals, pairs)
