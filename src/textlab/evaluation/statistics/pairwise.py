"""Every pair of models compared, and groups of models that tie."""

import itertools

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.bootstrap import CONFIDENCE, Bootstrap
from textlab.evaluation.statistics.paired_sample import PairedSample
from textlab.evaluation.statistics.power import detectable_difference
from textlab.evaluation.statistics.significance import SIGNIFICANCE, holm, mcnemar, paired_bootstrap_p

SCORE_COLUMNS = ("better", "worse", "difference", "low", "high", "p", "p_holm", "detectable")
MCNEMAR_COLUMNS = ("only_better_right", "only_worse_right", "mcnemar", "mcnemar_p", "mcnemar_p_holm")


def pair_table(sample: PairedSample, scored: Bootstrap, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Compare every pair of models by one metric and by McNemar's test.

    The difference in the metric has a BCa interval and the p value of a paired bootstrap test. McNemar's test asks
    whether two models are right equally often, whatever the metric. Both p values are also corrected for the number of
    pairs: Holm (1979), "A simple sequentially rejective multiple test procedure".

    Args:
        sample: m models on n examples.
        scored: the bootstrap of one metric on the same sample.
        confidence: confidence of the intervals.

    Returns:
        One row per pair, m (m - 1) / 2 in the order of the models. Columns: better, worse (names, by score),
        difference (in the metric, never negative), low, high, p, p_holm, detectable (see
        `power.detectable_difference`). If the task has right and wrong answers, also only_better_right,
        only_worse_right (examples), mcnemar ("exact" or "asymptotic"), mcnemar_p and mcnemar_p_holm.
    """
    correct = sample.correct
    rows = []
    for first, second in itertools.combinations(range(len(sample.models)), 2):
        better, worse = (second, first) if scored.observed[second] > scored.observed[first] else (first, second)
        row: dict[str, str | int | float] = {"better": sample.models[better], "worse": sample.models[worse]}
        row |= _difference(scored.difference(better, worse), confidence)
        rows.append(row if correct is None else row | _disagreement(correct[better], correct[worse]))
    columns = SCORE_COLUMNS if correct is None else SCORE_COLUMNS + MCNEMAR_COLUMNS
    table = pd.DataFrame(rows, columns=list(columns))
    for p_value in ("p",) if correct is None else ("p", "mcnemar_p"):
        table[f"{p_value}_holm"] = holm(table[p_value])
    return table


def _difference(difference: Bootstrap, confidence: float) -> dict[str, str | int | float]:
    low, high = difference.interval(confidence=confidence)
    return {
        "difference": float(difference.observed[0]),
        "low": low,
        "high": high,
        "p": paired_bootstrap_p(difference),
        "detectable": detectable_difference(difference),
    }


def _disagreement(better: np.ndarray, worse: np.ndarray) -> dict[str, str | int | float]:
    """Run McNemar's test on which examples, bool (n,), each of two models gets right."""
    only_better, only_worse = int((better & ~worse).sum()), int((worse & ~better).sum())
    test, p = mcnemar(only_better, only_worse)
    return {"only_better_right": only_better, "only_worse_right": only_worse, "mcnemar": test, "mcnemar_p": p}


def groups(
    models: list[str], pairs: pd.DataFrame, leader: str | None = None, significance: float = SIGNIFICANCE
) -> pd.Series:
    """Group each model with the first model from which it does not differ significantly.

    Group 1 holds the leader and every model that ties with the leader: `p_holm` is not below the significance. The
    first of the remaining models leads group 2, and so on. Two models of a group may differ significantly from each
    other, because only differences to the group's leader count.

    Args:
        models: names, best first.
        pairs: from `pair_table`.
        leader: the leader of group 1; by default the first model.
        significance: of the test.

    Returns:
        The group of each model, int, with the models as index in the order of `models`.
    """
    p_values = {frozenset(names): p for *names, p in pairs[["better", "worse", "p_holm"]].to_numpy(dtype=object)}
    group: dict[str, int] = {}
    waiting = sorted(models, key=lambda model: model != leader)
    while waiting:
        first, *others = waiting
        members = [first, *(other for other in others if p_values[frozenset((first, other))] >= significance)]
        group |= dict.fromkeys(members, max(group.values(), default=0) + 1)
        waiting = [other for other in others if other not in members]
    return pd.Series(group, name="group").reindex(models)
