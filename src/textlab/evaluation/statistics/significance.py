"""Significance tests of the difference between two models, and Holm's correction for several tests."""

import numpy as np
import pandas as pd

from textlab.evaluation.statistics.bootstrap import Bootstrap

SIGNIFICANCE = 0.05
FEWEST_DISAGREEMENTS = 25  # with fewer, the chi-squared distribution fits McNemar's statistic badly
FEWEST_EXTREMES = 10  # a share counted on fewer resamples is off by a third or more


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


def holm(p_values: pd.Series, weights: np.ndarray | None = None) -> np.ndarray:
    """Correct p values by Holm's method, in the same order. An empty series gives an empty array.

    Holm (1979), "A simple sequentially rejective multiple test procedure", where section 4 has the weights. Not
    statsmodels' `multipletests`, because it knows no weights and collects garbage in each call, which takes up to 0.7 s
    in a process that has imported TensorFlow or MLflow.

    Args:
        p_values: the p values.
        weights: positive, one for each p value. A test with twice the weight may err twice as often. None gives all
            tests the same weight.
    """
    values = p_values.to_numpy(dtype=float)
    shares = np.ones_like(values) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(values / shares, kind="stable")
    corrected = np.empty_like(values)
    undecided = np.cumsum(shares[order][::-1])[::-1]
    corrected[order] = np.maximum.accumulate(values[order] * undecided / shares[order])
    return corrected.clip(max=1.0)


def _normal_share(deviations: float) -> float:
    """Return the share of the standard normal distribution below a number of standard deviations."""
    from scipy.special import ndtr

    return float(ndtr(deviations))
