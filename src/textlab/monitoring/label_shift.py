"""The class shares of traffic without labels, if only the class shares have changed (label shift).

Saerens, Latinne and Decaestecker (2002), "Adjusting the outputs of a classifier to new a priori probabilities": the
expectation-maximisation algorithm finds the shares under which calibrated probabilities are most likely. Calibration is
never exact, so a second step removes its bias: Lipton et al. (2018), "Detecting and correcting for label shift with
black box predictors". It compares the means of the corrected probabilities on traffic with those of each class on
validation. docs/decisions.md has the measurements.
"""

import numpy as np

STEPS = 500
CLOSE = 1e-6  # the largest change of a share in the last step


def shares_of(labels: np.ndarray, classes: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the share of each class among labels, float (k,). Half an example more keeps every share above 0.

    Args:
        labels: int (v,).
        classes: k.
        weights: how often each example counts, (v,).
    """
    counts = np.bincount(labels, weights, minlength=classes) + 0.5
    return counts / counts.sum()


def at_shares(probabilities: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the probabilities that hold where the class shares are `after` in place of `before`: float (n, k)."""
    adjusted = probabilities * (after / before)
    return adjusted / adjusted.sum(axis=1, keepdims=True)


def most_likely_shares(probabilities: np.ndarray, before: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Find the class shares of unlabelled examples by expectation-maximisation.

    Args:
        probabilities: float (n, k), calibrated where the class shares were `before`.
        before: float (k,), all above 0.
        start: the shares to start from; by default `before`.

    Returns:
        float (k,), sums to 1.
    """
    ratios = probabilities / before
    shares = before if start is None else np.maximum(start, CLOSE)
    for _ in range(STEPS):
        updated = shares * (ratios.T @ (1 / (ratios @ shares))) / len(ratios)
        change = np.abs(updated - shares).max()
        shares = updated
        if change < CLOSE:
            break
    return shares / shares.sum()


def estimated_shares(
    probabilities: np.ndarray,
    validation: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None = None,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Estimate the class shares of unlabelled examples.

    Args:
        probabilities: float (n, k), calibrated on validation.
        validation: float (v, k), the calibrated probabilities of the validation examples.
        labels: int (v,), their classes.
        weights: how often each of them counts, (v,).
        start: the shares to start from.

    Returns:
        float (k,), sums to 1. A share may be 0.
    """
    from scipy.optimize import nnls

    classes = probabilities.shape[1]
    before = shares_of(labels, classes, weights)
    likely = most_likely_shares(probabilities, before, start)
    means = class_means(at_shares(validation, before, likely), labels, weights)
    shares, _ = nnls(means, at_shares(probabilities, before, likely).mean(axis=0))
    return shares / shares.sum()


def class_means(probabilities: np.ndarray, labels: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Return the mean probabilities of the examples of each class, float (k, k), one column a class.

    A class without an example is taken to be recognised always.
    """
    classes = probabilities.shape[1]
    counts = np.bincount(labels, weights, minlength=classes)
    weighted = probabilities if weights is None else probabilities * weights[:, None]
    sums = np.stack([np.bincount(labels, column, minlength=classes) for column in weighted.T])
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.eye(classes))
