"""The p value of a quadratic form: the squared length of a difference of means."""

import numpy as np


def squared_length_p(difference: np.ndarray, covariance: np.ndarray) -> float:
    """Test whether a normally distributed vector with this covariance has the mean zero, by its squared length.

    Under the null hypothesis, the squared length is a weighted sum of chi-squared variables, whose weights are the
    eigenvalues of the covariance. Liu, Tang and Zhang (2009), "A new chi-square approximation to the distribution of
    non-negative definite quadratic forms in non-central normal variables", give its tail from four moments. It is exact
    for equal eigenvalues.

    Args:
        difference: float (d,).
        covariance: float (d, d), its covariance matrix.

    Returns:
        The p value; 1 if nothing varies.
    """
    from scipy.stats import chi2, ncx2

    square = covariance @ covariance
    first, second = np.trace(covariance), np.trace(square)
    third, fourth = (square * covariance).sum(), (square**2).sum()
    if second <= np.finfo(float).tiny:
        return 1.0
    skewness, kurtosis = third / second**1.5, fourth / second**2
    scale, shift, degrees = 1 / skewness, 0.0, 1 / skewness**2
    if skewness**2 > kurtosis * (1 + 1e-9):
        scale = 1 / (skewness - np.sqrt(skewness**2 - kurtosis))
        shift = skewness * scale**3 - scale**2
        degrees = scale**2 - 2 * shift
    standardised = (difference @ difference - first) / np.sqrt(2 * second)
    value = standardised * np.sqrt(2) * scale + degrees + shift
    return float(ncx2.sf(value, degrees, shift) if shift > 0 else chi2.sf(value, degrees))
