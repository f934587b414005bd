"""The bootstrap: how much a score would vary on other examples of the same kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.evaluation.statistics.paired_sample import Contributions, PairedSample

RESAMPLES = 10_000
CONFIDENCE = 0.95
NUMBERS_AT_ONCE = 5_000_000  # weights or sums per block of resamples; the weights take 20 MB


@dataclass(frozen=True)
class Bootstrap:
    """One score of m models, on the examples and on resamples of them.

    All models are scored on the same resamples, so the difference of two rows is a paired difference.

    Attributes:
        observed: float (m,).
        resampled: float (m, resamples).
        left_out: float (m, p), the score without one example of each pattern, for the jackknife.
        pattern_sizes: int (p,), see `Contributions.sizes`.
    """

    observed: np.ndarray
    resampled: np.ndarray
    left_out: np.ndarray
    pattern_sizes: np.ndarray

    def difference(self, first: int, second: int) -> "Bootstrap":
        """Return the bootstrap of the first model's score minus the second's. Its m is 1.

        Args:
            first, second: positions of the models.
        """
        scores = (self.observed, self.resampled, self.left_out)
        observed, resampled, left_out = (values[[first]] - values[[second]] for values in scores)
        return Bootstrap(observed, resampled, left_out, self.pattern_sizes)

    def mean(self) -> "Bootstrap":
        """Return the bootstrap of the models' mean score. Its m is 1."""
        observed, resampled, left_out = (
            values.mean(axis=0, keepdims=True) for values in (self.observed, self.resampled, self.left_out)
        )
        return Bootstrap(observed, resampled, left_out, self.pattern_sizes)

    def interval(self, model: int = 0, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """Return the BCa interval of one model's score, see `bca_interval`."""
        return bca_interval(
            float(self.observed[model]), self.resampled[model], self.left_out[model], self.pattern_sizes, confidence
        )


def bootstrap(
    sample: PairedSample, metrics: Sequence[str], resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Bootstrap]:
    """Score every model on `resamples` draws of n of the n examples with replacement.

    Args:
        sample: m models on n examples.
        metrics: names that `sample.scores` knows.
        resamples: number of draws. With 10,000, the ends of a 95% interval vary by about 1% of its length.
        seed: random seed; the same seed gives the same draws and the same numbers.

    Returns:
        A `Bootstrap` per metric.
    """
    contributions = sample.contributions()
    patterns, sizes = contributions.patterns, contributions.sizes
    whole = sizes[None] @ patterns
    observed = sample.scores(whole, metrics)
    draws = _draws(contributions, resamples, np.random.default_rng(seed))
    resampled = _scores_of_blocks(sample, (weights @ patterns for weights in draws), metrics)
    left_out = _scores_of_blocks(sample, _sums_without_one(whole, patterns), metrics)
    return {
        metric: Bootstrap(observed[metric][0], resampled[metric].T, left_out[metric].T, sizes) for metric in metrics
    }


def _scores_of_blocks(
    sample: PairedSample, blocks: Iterator[np.ndarray], metrics: Sequence[str]
) -> dict[str, np.ndarray]:
    """Score blocks of sums one by one, because all sums together may not fit into memory: float (r, m) per metric."""
    scored = [sample.scores(sums, metrics) for sums in blocks]
    return {metric: np.concatenate([scores[metric] for scores in scored]) for metric in metrics}


def _sums_without_one(whole: np.ndarray, patterns: Any) -> Iterator[np.ndarray]:
    """Yield blocks of the sums without one example of each pattern: float (patterns, s)."""
    block = _block(patterns)
    for start in range(0, patterns.shape[0], block):
        rows = patterns[start : start + block]
        yield whole - (rows if isinstance(rows, np.ndarray) else rows.toarray())


def _block(patterns: Any) -> int:
    """Return the number of rows at once."""
    return max(1, NUMBERS_AT_ONCE // max(patterns.shape))


def _draws(contributions: Contributions, resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield blocks of how many examples of each pattern are drawn: float32 (resamples, p).

    This draws examples, not the multinomial counts of their patterns. Many models make thousands of patterns, and a
    binomial draw for each takes ten times as long.
    """
    pattern_of_example, patterns = contributions.pattern_of_example, len(contributions.sizes)
    examples = len(pattern_of_example)
    block = _block(contributions.patterns)
    for start in range(0, resamples, block):
        weights = np.empty((min(block, resamples - start), patterns), dtype=np.float32)
        for row in weights:
            drawn = rng.integers(examples, size=examples, dtype=np.int32)
            row[:] = np.bincount(pattern_of_example[drawn], minlength=patterns)
        yield weights


def bca_interval(
    observed: float,
    resampled: np.ndarray,
    left_out: np.ndarray,
    pattern_sizes: np.ndarray,
    confidence: float = CONFIDENCE,
) -> tuple[float, float]:
    """Compute the bias-corrected and accelerated interval: Efron (1987), "Better bootstrap confidence intervals".

    Args:
        observed: the score on the examples.
        resampled: float (resamples,); NaN marks a resample on which the score is undefined, and is ignored.
        left_out: float (p,), the score without one example of each pattern.
        pattern_sizes: int (p,), the number of examples of each pattern.
        confidence: the share of such intervals that contain the true score.

    Returns:
        The lower and the upper end; NaN if all resamples have the same score.
    """
    from scipy.special import ndtr, ndtri

    known = resampled[np.isfinite(resampled)]
    if len(known) == 0 or known.min() == known.max():
        return float("nan"), float("nan")
    below = ((known < observed).mean() + (known <= observed).mean()) / 2  # ties count half
    bias = ndtri(np.clip(below, 0.5 / len(known), 1 - 0.5 / len(known)))
    tails = ndtri(np.array([1 - confidence, 1 + confidence]) / 2) + bias
    levels = ndtr(bias + tails / (1 - _acceleration(left_out, pattern_sizes) * tails))
    low, high = np.quantile(known, levels)
    return float(low), float(high)


def _acceleration(left_out: np.ndarray, pattern_sizes: np.ndarray) -> float:
    """Estimate by the jackknife how fast the score's standard error changes with the score.

    Efron and Tibshirani (1993), "An introduction to the bootstrap", equation 14.15.
    """
    known = np.isfinite(left_out)
    sizes, values = pattern_sizes[known], left_out[known]
    influence = np.average(values, weights=sizes) - values
    spread = (sizes * influence**2).sum()
    return float((sizes * influence**3).sum() / (6 * spread**1.5)) if spread > 0 else 0.0
