"""Whether two models differ by more than chance on the same texts, and what a test set is too small to show."""

import itertools
import math

import numpy as np
import pandas as pd

from textlab.evaluation.classification.decisions import Decisions
from textlab.evaluation.statistics.bootstrap import CONFIDENCE, Bootstrap

SIGNIFICANCE = 0.05
POWER = 0.8  # the usual one: Cohen (1988), "Statistical power analysis for the behavioral sciences"
FEW_DISAGREEMENTS = 25  # below, the chi-squared distribution fits McNemar's statistic badly
FEWEST_STRAYS = 10  # a share that is counted on fewer resamples is off by a third and more

PAIR_COLUMNS = (
    *("better", "worse", "difference", "low", "high", "p", "p_holm", "detectable"),
    *("only_better_right", "only_worse_right", "mcnemar", "mcnemar_p", "mcnemar_p_holm"),
)


def pair_table(decisions: Decisions, scored: Bootstrap, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Every pair of models, compared by one metric and by McNemar's test.

    The difference in the metric has a BCa interval and a p value of the paired bootstrap; McNemar's test asks
    whether the two are right equally often, whatever the metric. Either p is also corrected for the number of
    pairs by Holm's method: Holm (1979), "A simple sequentially rejective multiple test procedure".

    Args:
        decisions: of m models on n texts.
        scored: the metric's `bootstrap.bootstrap` of the same decisions.
        confidence: of the intervals.

    Returns:
        A row for each of the m (m - 1) / 2 pairs, in the models' order; none for a single model. Columns:
        better, worse (names; which of the two scores higher), difference (in the metric, not negative), low, high,
        p, p_holm, detectable (see `detectable_difference`), only_better_right, only_worse_right (texts), mcnemar
        ("exact" or "asymptotic"), mcnemar_p, mcnemar_p_holm.
    """
    pairs = itertools.combinations(range(len(decisions.models)), 2)
    table = pd.DataFrame([_pair(decisions, scored, *pair, confidence) for pair in pairs], columns=list(PAIR_COLUMNS))
    for column in ("p", "mcnemar_p"):
        table[f"{column}_holm"] = holm(table[column])
    return table


def _pair(
    decisions: Decisions, scored: Bootstrap, first: int, second: int, confidence: float
) -> dict[str, str | int | float]:
    better, worse = (second, first) if scored.observed[second] > scored.observed[first] else (first, second)
    difference = scored.difference(better, worse)
    low, high = difference.interval(confidence=confidence)
    only_better = int((decisions.correct[better] & ~decisions.correct[worse]).sum())
    only_worse = int((decisions.correct[worse] & ~decisions.correct[better]).sum())
    test, mcnemar_p = mcnemar(only_better, only_worse)
    return {
        "better": decisions.models[better],
        "worse": decisions.models[worse],
        "difference": float(difference.observed[0]),
        "low": low,
        "high": high,
        "p": paired_bootstrap_p(difference),
        "detectable": detectable_difference(difference),
        "only_better_right": only_better,
        "only_worse_right": only_worse,
        "mcnemar": test,
        "mcnemar_p": mcnemar_p,
    }


def mcnemar(only_first_right: int, only_second_right: int) -> tuple[str, float]:
    """McNemar's test of two models being right equally often, by the texts of which only one is right.

    McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages":
    the exact binomial test below 25 such texts, else chi-squared with Edwards' continuity correction.

    Returns:
        "exact" or "asymptotic", and the two-sided p.
    """
    from statsmodels.stats.contingency_tables import mcnemar as test

    exact = only_first_right + only_second_right < FEW_DISAGREEMENTS
    result = test([[0, only_first_right], [only_second_right, 0]], exact=exact, correction=True)
    return ("exact" if exact else "asymptotic"), float(result.pvalue)


def paired_bootstrap_p(difference: Bootstrap) -> float:
    """The two-sided p of a difference, if there were none: how often a resample strays from it as far as it is from 0.

    Efron and Tibshirani (1993), "An introduction to the bootstrap", chapter 16; the shift to the null as in
    Berg-Kirkpatrick et al. (2012), "An empirical investigation of statistical significance in NLP". Where next to no
    resample strays that far, the normal distribution with the bootstrap's standard error says how rare it is: a
    count would end at 1 / (resamples + 1), which Holm's correction multiplies by the number of pairs.
    """
    observed, resampled = difference.observed[0], difference.resampled[0]
    known = resampled[np.isfinite(resampled)]
    # Differences of a few texts are exact multiples but for rounding, which must not make them unequal.
    strays = int((np.abs(known - observed) >= abs(observed) - 1e-12).sum())
    counted = (1 + strays) / (1 + len(known))
    if strays >= FEWEST_STRAYS or np.ptp(known) == 0:
        return counted
    return min(counted, 2 * _normal_share(-abs(observed) / known.std()))


def holm(p_values: pd.Series) -> np.ndarray:
    """Holm's corrected p values, in the same order; none for none."""
    from statsmodels.stats.multitest import multipletests

    if p_values.empty:
        return np.array([])
    return np.asarray(multipletests(p_values.to_numpy(dtype=float), method="holm")[1])


def detectable_difference(difference: Bootstrap, significance: float = SIGNIFICANCE, power: float = POWER) -> float:
    """The smallest true difference in the metric that a test of two such models would find with this power.

    Bloom (1995), "Minimum detectable effects": a multiple of the standard error, here the bootstrap's; 2.8 times
    for a power of 0.8 at a significance of 0.05, before any correction for several pairs.
    """
    return (_quantile(1 - significance / 2) + _quantile(power)) * float(np.nanstd(difference.resampled[0]))


def detectable_accuracy_difference(
    texts: int, disagreement: float, significance: float = SIGNIFICANCE, power: float = POWER
) -> float:
    """The smallest true difference in accuracy that McNemar's test finds with this power.

    Connor (1987), "Sample size for testing differences in proportions for the paired-sample design", solved for the
    difference d: sqrt(n) d = z_a sqrt(g) + z_b sqrt(g - d^2).

    Args:
        texts: n, in the test set.
        disagreement: g, the share of texts of which exactly one of the two models is right, in (0, 1].

    Returns:
        A share of one, at most `disagreement`, which no difference can exceed.

    Raises:
        ValueError: there are no texts, or the share is not in (0, 1].
    """
    if texts < 1 or not 0 < disagreement <= 1:
        raise ValueError(
            f"Came {texts} texts and a disagreement of {disagreement}; expected a text at least and a share in (0, 1]."
        )
    alpha, beta = _quantile(1 - significance / 2), _quantile(power)
    squared, product = texts + beta**2, math.sqrt(texts * disagreement) * alpha
    root = product**2 - squared * (alpha**2 - beta**2) * disagreement
    return min(disagreement, (product + math.sqrt(max(root, 0.0))) / squared)


def _quantile(share: float) -> float:
    """Of the normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(share))


def _normal_share(deviations: float) -> float:
    """How much of the normal distribution lies below so many standard deviations."""
    from scipy.special import ndtr

    return float(ndtr(deviations))


def groups(
    models: list[str], pairs: pd.DataFrame, leader: str | None = None, significance: float = SIGNIFICANCE
) -> pd.Series:
    """Which models cannot be told apart from the best of their group.

    The leader and all whose difference to it is not significant (`p_holm`) are group 1; the first of the others leads
    group 2, and so on. Two models of one group may still differ from each other, since only the differences to its
    leader are asked.

    Args:
        models: best first.
        pairs: from `pair_table`.
        leader: of group 1; default the first.

    Returns:
        int, the group of each model, with the model as index in the order given.
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
