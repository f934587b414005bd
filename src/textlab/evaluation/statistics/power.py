"""The power of a test set: which true differences it can show."""

import math

import numpy as np

from textlab.evaluation.statistics.bootstrap import Bootstrap
from textlab.evaluation.statistics.significance import SIGNIFICANCE

POWER = 0.8  # the convention of Cohen (1988), "Statistical power analysis for the behavioral sciences"


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
