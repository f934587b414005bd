"""The design effect: by how much dependence within groups inflates the variance of a mean."""

import numpy as np


def design_effect(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Estimate the variance of each column's mean relative to that of as many independent rows; at least 1.

    Kish (1965), "Survey sampling", with the variance between groups of the ultimate-cluster estimator. Divided by it,
    counts can be tested as if rows were independent: Rao and Scott (1992), "A simple method for the analysis of
    clustered binary data".

    Args:
        values: float (n, d).
        groups: int (n,), from 0 on. Rows of one group depend on each other, groups do not.

    Returns:
        float64 (d,).
    """
    from scipy.sparse import csr_matrix

    centred = values - values.mean(axis=0)
    count = int(groups.max()) + 1
    if count == len(groups):
        return np.ones(values.shape[1])
    rows = np.arange(len(groups))
    sums = csr_matrix((np.ones(len(groups)), (groups, rows)), shape=(count, len(groups))) @ centred
    independent, dependent = (centred**2).sum(axis=0), (sums**2).sum(axis=0) * count / max(count - 1, 1)
    return np.maximum(1.0, np.divide(dependent, independent, out=np.ones_like(dependent), where=independent > 0))


def effective_groups(groups: np.ndarray) -> float:
    """Return the number of equally large groups that would tell as much as these: Kish's n^2 / sum of squared sizes."""
    sizes = np.bincount(groups)
    return float(len(groups) ** 2 / (sizes.astype(float) ** 2).sum())
