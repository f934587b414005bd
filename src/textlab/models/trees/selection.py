"""Choose the n-grams that say most about the classes, so that trees have fewer columns to split on."""

from typing import Any

import numpy as np

CELLS = 20_000_000  # cells of the table of classes and n-grams that is computed at once: 160 MB


def telling_columns(counts: Any, labels: np.ndarray, maximum: int) -> np.ndarray:
    """Return the columns whose presence depends most on the class, by the chi-squared statistic.

    Args:
        counts: the counts of n-grams, sparse (n, columns).
        labels: int (n,), 0 to k - 1; or which labels each text has, bool (n, k).
        maximum: how many columns to keep.

    Returns:
        int (at most `maximum`,), sorted.
    """
    from sklearn.feature_selection import chi2

    if counts.shape[1] <= maximum:
        return np.arange(counts.shape[1])
    presence = counts.tocsc(copy=True)
    presence.data[:] = 1
    classes = labels.shape[1] if labels.ndim == 2 else int(labels.max()) + 1
    width = max(1, CELLS // classes)
    starts = range(0, presence.shape[1], width)
    statistics = np.concatenate([chi2(presence[:, start : start + width], labels)[0] for start in starts])
    return np.sort(np.argsort(-statistics, kind="stable")[:maximum])
