"""Agreement between the cosine of two texts' vectors and their stated similarity."""

import hashlib
import logging

import numpy as np
import pandas as pd

logger = logging.getLogger(__name__)

SIMILAR = 0.5  # pairs with this similarity or more count as similar
FEWEST = 20  # pairs; half of fewer would fit a curve to chance


def similarity_metrics(pairs: pd.DataFrame) -> dict[str, float]:
    """Measure a model on pairs of texts.

    A cosine is no similarity from 0 to 1, because each encoder has a scale of its own. So the absolute error is
    measured after isotonic regression, the most general map that keeps the order of the cosines: it changes the scale
    and nothing that Spearman's correlation sees. Regression and threshold are fitted on one half of the pairs and
    measured on the other, both ways round. Pairs with the same first text are in one half.

    Args:
        pairs: a row per pair, with the columns `first`, `similarity` (from 0 to 1) and `predicted` (the cosine).

    Returns:
        similarity_spearman (the rank correlation), similarity_mae (the mean absolute error), similarity_accuracy (the
        share of pairs on the right side of the threshold, where those of `SIMILAR` or more are similar) and
        similarity_threshold (the best cosine on all pairs). A measure is left out, with a warning, if the pairs are
        fewer than `FEWEST`, or all alike.
    """
    from scipy.stats import spearmanr

    true, predicted = pairs["similarity"].to_numpy(float), pairs["predicted"].to_numpy(float)
    if len(pairs) < FEWEST or np.ptp(true) == 0 or np.ptp(predicted) == 0:
        logger.warning("%d pairs cannot be scored: at least %d that differ are needed.", len(pairs), FEWEST)
        return {}
    metrics = {"similarity_spearman": float(spearmanr(true, predicted).statistic)}
    half, similar = _half_of(pairs["first"]), true >= SIMILAR
    if half.all() or not half.any():
        logger.warning("All pairs have the same first text, so no half is left to measure the error on.")
        return metrics
    errors, right = np.zeros(len(pairs)), np.zeros(len(pairs), dtype=bool)
    for fitted in (half, ~half):
        errors[~fitted] = np.abs(true[~fitted] - _calibrated(predicted[fitted], true[fitted], predicted[~fitted]))
        right[~fitted] = (predicted[~fitted] >= best_threshold(predicted[fitted], similar[fitted])) == similar[~fitted]
    metrics["similarity_mae"] = float(errors.mean())
    metrics["similarity_accuracy"] = float(right.mean())
    metrics["similarity_threshold"] = best_threshold(predicted, similar)
    return metrics


def best_threshold(predicted: np.ndarray, similar: np.ndarray) -> float:
    """Return the cosine from which on pairs are called similar with the most right answers; the lowest of equals.

    Args:
        predicted: float (n,), cosines.
        similar: bool (n,).
    """
    order = np.argsort(predicted, kind="stable")
    values, is_similar = predicted[order], similar[order]
    right = np.concatenate([[0], np.cumsum(~is_similar)]) + np.concatenate([np.cumsum(is_similar[::-1])[::-1], [0]])
    edges = np.concatenate([[values[0]], (values[:-1] + values[1:]) / 2, [np.nextafter(values[-1], np.inf)]])
    allowed = np.concatenate([[True], values[1:] > values[:-1], [True]])  # equal cosines stay on one side
    return float(edges[np.where(allowed, right, -1).argmax()])


def _calibrated(predicted: np.ndarray, true: np.ndarray, others: np.ndarray) -> np.ndarray:
    from sklearn.isotonic import IsotonicRegression

    return np.asarray(IsotonicRegression(out_of_bounds="clip").fit(predicted, true).predict(others))


def _half_of(texts: pd.Series) -> np.ndarray:
    """Return which texts are in the first half, bool (n,), by a hash; equal texts are in the same half."""
    distinct = sorted(set(texts), key=lambda text: hashlib.sha256(text.encode("utf-8", "replace")).digest())
    chosen = set(distinct[: len(distinct) // 2])
    return np.array([text in chosen for text in texts], dtype=bool)
