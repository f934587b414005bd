"""The tail of a weighted sum of chi-squared variables, which quadratic forms of means have."""

import numpy as np


def mixture_p(statistic: float, weights: np.ndarray) -> float:
    """Return the tail probability of a weighted sum of independent chi-squared variables with 1 degree of freedom.

    Liu, Tang and Zhang (2009), "A new chi-square approximation to the distribution of non-negative definite quadratic
    forms in non-central normal variables": a chi-squared distribution with the same first moments. It is exact for
    equal weights.

    Args:
        statistic: the sum.
        weights: float (d,), positive.
    """
    from scipy.stats import chi2, ncx2

    first, second, third, fourth = ((weights**power).sum() for power in (1, 2, 3, 4))
    skewness, kurtosis = third / second**1.5, fourth / second**2
    shift = 0.0
    scale, degrees = 1 / skewness, 1 / skewness**2
    if skewness**2 > kurtosis * (1 + 1e-9):
        scale = 1 / (skewness - np.sqrt(skewness**2 - kurtosis))
        shift = skewness * scale**3 - scale**2
        degrees = scale**2 - 2 * shift
    standardised = (statistic - first) / np.sqrt(2 * second)
    value = standardised * np.sqrt(2) * scale + degrees + shift
    return float(ncx2.sf(value, degrees, shift) if shift > 0 else chi2.sf(value, degrees))
