"""Whether two models differ by more than chance, and which differences a test set is too small to show."""

import itertools
import math

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.bootstrap import CONFIDENCE, Bootstrap
from textlab.evaluation.statistics.paired_sample import PairedSample

SIGNIFICANCE = 0.05
POWER = 0.8  # the convention of Cohen (1988), "Statistical power analysis for the behavioral sciences"
FEWEST_DISAGREEMENTS = 25  # with fewer, the chi-squared distribution fits McNemar's statistic badly
FEWEST_EXTREMES = 10  # a share counted on fewer resamples is off by a third or more

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
        difference (in the metric, never negative), low, high, p, p_holm, detectable (see `detectable_difference`).
        If the task has right and wrong answers, also only_better_right, only_worse_right (examples), mcnemar
        ("exact" or "asymptotic"), mcnemar_p and mcnemar_p_holm.
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


def mcnemar(only_first_right: int, only_second_right: int) -> tuple[str, float]:
    """Test whether two models are right equally often, from the examples that only one of them gets right.

    McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages". The
    test is the exact binomial one below 25 such examples, else chi-squared with Edwards' continuity correction.

    Returns:
        "exact" or "asymptotic", and the two-sided p value.
    """
    from statsmodels.stats.contingency_tables import mcnemar as test

    exact = only_first_right + only_second_right < FEWEST_DISAGREEMENTS
    result = test([[0, only_first_right], [only_second_right, 0]], exact=exact, correction=True)
    return ("exact" if exact else "asymptotic"), float(result.pvalue)


def paired_bootstrap_p(difference: Bootstrap) -> float:
    """Compute the two-sided p value of a difference under the null hypothesis of no difference.

    The p value is the share of resamples that lie as far from the observed difference as the observed difference lies
    from 0: Efron and Tibshirani (1993), "An introduction to the bootstrap", chapter 16; the shift to the null as in
    Berg-Kirkpatrick et al. (2012), "An empirical investigation of statistical significance in NLP". If hardly any
    resample lies that far, the normal distribution with the bootstrap's standard error gives the p value. A count
    cannot fall below 1 / (resamples + 1), and Holm's correction multiplies it by the number of pairs.
    """
    observed, resampled = difference.observed[0], difference.resampled[0]
    known = resampled[np.isfinite(resampled)]
    # Differences of a few examples are exact multiples except for rounding, which must not make them unequal.
    extremes = int((np.abs(known - observed) >= abs(observed) - 1e-12).sum())
    counted = (1 + extremes) / (1 + len(known))
    if extremes >= FEWEST_EXTREMES or np.ptp(known) == 0:
        return counted
    return min(counted, 2 * _normal_share(-abs(observed) / known.std()))


def holm(p_values: pd.Series) -> np.ndarray:
    """Correct p values by Holm's method, in the same order. An empty series gives an empty array."""
    from statsmodels.stats.multitest import multipletests

    if p_values.empty:
        return np.array([])
    return np.asarray(multipletests(p_values.to_numpy(dtype=float), method="holm")[1])


def detectable_difference(difference: Bootstrap, significance: float = SIGNIFICANCE, power: float = POWER) -> float:
    """Compute the smallest true difference in the metric that a test of two such models detects with this power.

    Bloom (1995), "Minimum detectable effects": a multiple of the standard error, here the bootstrap's. The factor is
    2.8 for a power of 0.8 at a significance of 0.05, before any correction for several pairs.
    """
    return (_quantile(1 - significance / 2) + _quantile(power)) * float(np.nanstd(difference.resampled[0]))


def detectable_accuracy_difference(
    examples: int, disagreement: float, significance: float = SIGNIFICANCE, power: float = POWER
) -> float:
    """Compute the smallest true difference in accuracy that McNemar's test detects with this power.

    Connor (1987), "Sample size for testing differences in proportions for the paired-sample design", solved for the
    difference d: sqrt(n) d = z_a sqrt(g) + z_b sqrt(g - d^2).

    Args:
        examples: n, the number of test examples.
        disagreement: g, the share of examples that exactly one of the two models gets right, in (0, 1].
        significance: of the test.
        power: probability of detecting the difference.

    Returns:
        A share of one. It is at most `disagreement`, which no difference can exceed.

    Raises:
        ValueError: there is no example, or the share is not in (0, 1].
    """
    if examples < 1 or not 0 < disagreement <= 1:
        raise ValueError(
            f"Received {examples} examples and a disagreement of {disagreement}. "
            "Pass at least one example and a share in (0, 1]."
        )
    alpha, beta = _quantile(1 - significance / 2), _quantile(power)
    squared, product = examples + beta**2, math.sqrt(examples * disagreement) * alpha
    root = product**2 - squared * (alpha**2 - beta**2) * disagreement
    return min(disagreement, (product + math.sqrt(max(root, 0.0))) / squared)


def _quantile(share: float) -> float:
    """Return the standard normal distribution's quantile."""
    from scipy.special import ndtri

    return float(ndtri(share))


def _normal_share(deviations: float) -> float:
    """Return the share of the standard normal distribution below a number of standard deviations."""
    from scipy.special import ndtr

    return float(ndtr(deviations))


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
