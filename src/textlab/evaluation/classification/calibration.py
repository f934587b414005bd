"""Whether stated probabilities can be taken at their word."""

import numpy as np
import pandas as pd

BINS = 15  # the number that Guo et al. (2017) use, and with them most later papers


def brier_score(probabilities: np.ndarray, label_indices: np.ndarray) -> float:
    """Squared distance between the stated probabilities and what came true; 0 is best.

    Brier (1950), "Verification of forecasts expressed in terms of probability": the mean over rows of the sum
    over classes of (probability - outcome)^2, in [0, 2]. For two classes it is halved, which is the usual
    squared error of the positive class, in [0, 1], and what scikit-learn's `brier_score_loss` gives.

    Args:
        probabilities: float (n, k).
        label_indices: int (n,), the true class of each row.
    """
    class_count = probabilities.shape[1]
    outcomes = np.eye(class_count)[label_indices]
    score = float(np.mean(np.sum((probabilities.astype(np.float64) - outcomes) ** 2, axis=1)))
    return score / 2 if class_count == 2 else score


def reliability_bins(stated: np.ndarray, came_true: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """Rows grouped by the probability that was stated, in `bins` equal-width bins (a, b] over [0, 1].

    Args:
        stated: float (n,), a probability per row.
        came_true: bool (n,), whether what was given that probability is so.

    Returns:
        One row per bin that is not empty, its number from 0 as the index: `stated` and `came_true` (means
        over the bin's rows) and `count`.
    """
    # float32 0.2 is a little above 0.2: six decimals put a probability on an edge into the bin it belongs to.
    position = np.round(stated.astype(np.float64) * bins, 6)
    number = np.clip(np.ceil(position) - 1, 0, bins - 1).astype(int)
    rows = pd.DataFrame({"bin": number, "stated": stated.astype(np.float64), "came_true": came_true})
    groups = rows.groupby("bin")
    return groups.agg(stated=("stated", "mean"), came_true=("came_true", "mean"), count=("stated", "size"))


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """Mean distance between confidence and accuracy over the bins, weighted by their rows; 0 is best.

    Guo et al. (2017), "On calibration of modern neural networks", equation 3.

    Args:
        confidence: float (n,), the probability of the predicted class.
        correct: bool (n,), whether that class is the true one.
    """
    table = reliability_bins(confidence, correct, bins)
    gaps = (table["stated"] - table["came_true"]).abs()
    return float((gaps * table["count"]).sum() / table["count"].sum())
