"""Calibration: whether predicted probabilities match observed frequencies."""

import numpy as np
import pandas as pd

BINS = 15  # as in Guo et al. (2017) and most later papers
# Smaller probabilities count as this. A forest answers 0 where no tree has seen a class, and a network's probabilities
# are rounded to 0: one such example must not outweigh all others in a likelihood.
SMALLEST = 1e-10


def logits_of(probabilities: np.ndarray) -> np.ndarray:
    """Return the logits of probabilities, which are their logarithms up to a constant: float64, in the same shape."""
    return np.log(np.maximum(probabilities.astype(np.float64), SMALLEST))


def brier_score(probabilities: np.ndarray, label_indices: np.ndarray) -> float:
    """Compute the mean squared distance between predicted probabilities and outcomes; 0 is best.

    Brier (1950), "Verification of forecasts expressed in terms of probability": the mean over rows of the sum
    over classes of (probability - outcome)^2, in [0, 2]. For two classes it is halved. That is the usual squared
    error of the positive class, in [0, 1], as in scikit-learn's `brier_score_loss`.

    Args:
        probabilities: float (n, k).
        label_indices: int (n,), the true class of each row.
    """
    class_count = probabilities.shape[1]
    outcomes = np.eye(class_count)[label_indices]
    score = float(np.mean(np.sum((probabilities.astype(np.float64) - outcomes) ** 2, axis=1)))
    return score / 2 if class_count == 2 else score


def bin_numbers(probability: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Return the bin of each probability, int (n,), from 0: one of `bins` equal-width bins (a, b] over [0, 1]."""
    # float32 0.2 is slightly above 0.2. Rounding to six decimals puts a probability on an edge into the lower bin.
    position = np.round(probability.astype(np.float64) * bins, 6)
    return np.clip(np.ceil(position) - 1, 0, bins - 1).astype(int)


def reliability_bins(probability: np.ndarray, outcome: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """Group rows by predicted probability, in `bins` equal-width bins (a, b] over [0, 1].

    Args:
        probability: float (n,), the predicted probability of an event per row.
        outcome: bool (n,), whether the event occurred.
        bins: number of bins.

    Returns:
        One row per bin that is not empty, with its number from 0 as the index: `probability` and `outcome` (means
        over the bin's rows) and `count`.
    """
    numbers = bin_numbers(probability, bins)
    rows = pd.DataFrame({"bin": numbers, "probability": probability.astype(np.float64), "outcome": outcome})
    groups = rows.groupby("bin")
    return groups.agg(probability=("probability", "mean"), outcome=("outcome", "mean"), count=("probability", "size"))


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """Compute the mean distance between confidence and accuracy over bins, weighted by their rows; 0 is best.

    Guo et al. (2017), "On calibration of modern neural networks", equation 3.

    Args:
        confidence: float (n,), the probability of the predicted class.
        correct: bool (n,), whether that class is the true one.
        bins: number of bins.
    """
    table = reliability_bins(confidence, correct, bins)
    gaps = (table["probability"] - table["outcome"]).abs()
    return float((gaps * table["count"]).sum() / table["count"].sum())


def errors_by_chance(confidence: np.ndarray, bins: int = BINS, draws: int = 2_000, seed: int = 0) -> np.ndarray:
    """Draw expected calibration errors that a perfectly calibrated model would show: float (draws,).

    Bröcker and Smith (2007), "Increasing the reliability of reliability diagrams", draw the labels from the
    probabilities. Here their sums in the bins are drawn, from the normal distributions with the same variances.

    Args:
        confidence: float (n,), the probability of the predicted class.
        bins: number of bins.
        draws: number of draws.
        seed: random seed.
    """
    confidence = confidence.astype(np.float64)
    variances = np.bincount(bin_numbers(confidence, bins), confidence * (1 - confidence))
    gaps = np.random.default_rng(seed).normal(0, np.sqrt(variances), (draws, len(variances)))
    return np.abs(gaps).sum(axis=1) / len(confidence)
