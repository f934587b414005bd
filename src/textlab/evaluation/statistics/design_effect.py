"""The design effect: by how much dependence within groups inflates the variance of a mean.

Kish (1965), "Survey sampling", with the variance between groups of the ultimate-cluster estimator. Divided by it,
counts can be tested as if rows were independent: Rao and Scott (1992), "A simple method for the analysis of clustered
binary data".
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def design_effect(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Estimate the variance of each column's mean relative to that of as many independent rows; at least 1.

    Args:
        values: float (n, d).
        groups: int (n,), from 0 on. Rows of one group depend on each other, groups do not.

    Returns:
        float64 (d,).
    """
    if _are_single(groups):
        return np.ones(values.shape[1])
    centred = values - values.mean(axis=0)
    sums = _members(groups) @ centred
    return _ratio((sums**2).sum(axis=0), (centred**2).sum(axis=0), groups)


def design_effect_of_shares(holds: "csr_matrix", groups: np.ndarray) -> np.ndarray:
    """Return what `design_effect` would for a sparse matrix of zeros and ones, (n, d), without filling it."""
    if _are_single(groups):
        return np.ones(holds.shape[1])
    shares, sizes = np.asarray(holds.mean(axis=0)).ravel(), np.bincount(groups).astype(float)
    sums = _members(groups) @ holds
    squares, products = np.asarray(sums.multiply(sums).sum(axis=0)).ravel(), np.asarray(sums.T @ sizes).ravel()
    between = squares - 2 * shares * products + shares**2 * (sizes**2).sum()
    return _ratio(between, shares * (1 - shares) * len(groups), groups)


def effective_groups(groups: np.ndarray) -> float:
    """Return the number of equally large groups that would tell as much as these: Kish's n^2 / sum of squared sizes."""
    sizes = np.bincount(groups)
    return float(len(groups) ** 2 / (sizes.astype(float) ** 2).sum())


def _are_single(groups: np.ndarray) -> bool:
    """Return whether each row is a group of its own."""
    return int(groups.max()) + 1 == len(groups)


def _members(groups: np.ndarray) -> "csr_matrix":
    """Return the sparse matrix that sums rows over their groups: (g, n)."""
    from scipy.sparse import csr_matrix

    size = len(groups)
    return csr_matrix((np.ones(size), (groups, np.arange(size))), shape=(int(groups.max()) + 1, size))


def _ratio(between: np.ndarray, independent: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Divide the squared deviations of the groups' sums by those of independent rows."""
    count = int(groups.max()) + 1
    dependent = between * count / max(count - 1, 1)
    return np.maximum(1.0, np.divide(dependent, independent, out=np.ones_like(dependent), where=independent > 0))
