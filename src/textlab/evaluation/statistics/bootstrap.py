"""How far a score could be from what it would be on other texts of the same kind: the bootstrap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from textlab.evaluation.classification.decisions import Decisions, Totals, score

RESAMPLES = 10_000
CONFIDENCE = 0.95
NUMBERS_AT_ONCE = 5_000_000  # of a block of resamples: 20 MB


@dataclass(frozen=True)
class Bootstrap:
    """One score of m models, on the texts as they are and on resamples of them.

    All models are scored on the same resamples, so that the difference of two rows is a paired difference.
    Texts of one class of which every model says the same make one cell: they count alike in every score.

    Attributes:
        observed: float (m,).
        resampled: float (m, resamples).
        left_out: float (m, cells), the score without one text of the cell, for the jackknife.
        cell_sizes: int (cells,), texts in each cell.
    """

    observed: np.ndarray
    resampled: np.ndarray
    left_out: np.ndarray
    cell_sizes: np.ndarray

    def difference(self, first: int, second: int) -> "Bootstrap":
        """The bootstrap of what the model at `first` has more than that at `second`: m is 1."""
        scores = (self.observed, self.resampled, self.left_out)
        observed, resampled, left_out = (values[[first]] - values[[second]] for values in scores)
        return Bootstrap(observed, resampled, left_out, self.cell_sizes)

    def interval(self, model: int = 0, confidence: float = CONFIDENCE) -> tuple[float, float]:
        """The BCa interval of one model's score, see `bca_interval`."""
        return bca_interval(
            float(self.observed[model]), self.resampled[model], self.left_out[model], self.cell_sizes, confidence
        )


def bootstrap(
    decisions: Decisions, metrics: Sequence[str], resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Bootstrap]:
    """Score every model on `resamples` draws of n of the n texts with replacement.

    Args:
        decisions: of m models on n texts.
        metrics: names of `decisions.score_names`.
        resamples: how many draws; 10,000 put the ends of a 95% interval within about 1% of its length.
        seed: the same seed gives the same draws, and so the same numbers.

    Returns:
        A `Bootstrap` for each metric.
    """
    cells, cell_of_text, sizes = _cells(decisions)
    indicators = _indicators(cells, len(decisions.label_names))
    shape = (len(decisions.models), len(decisions.label_names))
    names = decisions.label_names
    whole = sizes[None] @ indicators
    observed = _totals(whole, *shape)
    without = _totals(whole - indicators, *shape)
    drawn: dict[str, list[np.ndarray]] = {metric: [] for metric in metrics}
    for weights in _draws(cell_of_text, len(sizes), resamples, np.random.default_rng(seed)):
        totals = _totals(weights @ indicators, *shape)
        for metric in metrics:
            drawn[metric].append(score(metric, totals, names))
    return {
        metric: Bootstrap(
            score(metric, observed, names)[0], np.concatenate(drawn[metric]).T, score(metric, without, names).T, sizes
        )
        for metric in metrics
    }


def _cells(decisions: Decisions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The distinct rows of label and decisions, (cells, 1 + m); the cell of each text; the texts of each cell."""
    rows = np.column_stack([decisions.labels, decisions.predicted.T])
    cells, cell_of_text, sizes = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return cells, cell_of_text.ravel(), sizes


def _indicators(cells: np.ndarray, classes: int) -> np.ndarray:
    """What a text of each cell adds to the totals of `_totals`: float32 (cells, (2 m + 1) k).

    float32 holds the sums exactly up to 2^24 texts, and halves the time of the product.
    """
    one_hot = np.eye(classes, dtype=np.float32)
    labelled = one_hot[cells[:, 0]]
    predicted = one_hot[cells[:, 1:]]
    correct = predicted * labelled[:, None]
    return np.concatenate([part.reshape(len(cells), -1) for part in (correct, predicted, labelled)], axis=1)


def _totals(sums: np.ndarray, models: int, classes: int) -> Totals:
    """The sums of `_indicators`, (rows, (2 m + 1) k), as totals of shape (rows, m, k)."""
    parts = sums.astype(np.float64).reshape(len(sums), 2 * models + 1, classes)
    return Totals(parts[:, :models], parts[:, models:-1], np.repeat(parts[:, -1:], models, axis=1))


def _draws(cell_of_text: np.ndarray, cells: int, resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How many texts of each cell are drawn: float32 (resamples, cells) in blocks.

    Texts are drawn, not the multinomial counts of their cells: many models make thousands of cells, and a
    binomial draw for each takes ten times as long.
    """
    texts = len(cell_of_text)
    block = max(1, NUMBERS_AT_ONCE // cells)
    for start in range(0, resamples, block):
        weights = np.empty((min(block, resamples - start), cells), dtype=np.float32)
        for row in weights:
            row[:] = np.bincount(cell_of_text[rng.integers(texts, size=texts, dtype=np.int32)], minlength=cells)
        yield weights


def bca_interval(
    observed: float, resampled: np.ndarray, left_out: np.ndarray, cell_sizes: np.ndarray, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The bias-corrected and accelerated interval: Efron (1987), "Better bootstrap confidence intervals".

    Args:
        observed: the score on the texts as they are.
        resampled: float (resamples,); NaN, a score that a resample lacks, is left out.
        left_out: float (cells,), the score without one text of the cell.
        cell_sizes: int (cells,), how many texts that is so for.
        confidence: share of such intervals that hold the true score.

    Returns:
        Low and high end; NaN where all resamples score alike, so that nothing can be said.
    """
    from scipy.special import ndtr, ndtri

    known = resampled[np.isfinite(resampled)]
    if len(known) == 0 or known.min() == known.max():
        return float("nan"), float("nan")
    below = ((known < observed).mean() + (known <= observed).mean()) / 2  # ties count half
    bias = ndtri(np.clip(below, 0.5 / len(known), 1 - 0.5 / len(known)))
    tails = ndtri(np.array([1 - confidence, 1 + confidence]) / 2) + bias
    levels = ndtr(bias + tails / (1 - _acceleration(left_out, cell_sizes) * tails))
    low, high = np.quantile(known, levels)
    return float(low), float(high)


def _acceleration(left_out: np.ndarray, cell_sizes: np.ndarray) -> float:
    """How fast the score's spread changes with the score, by the jackknife.

    Efron and Tibshirani (1993), "An introduction to the bootstrap", equation 14.15.
    """
    known = np.isfinite(left_out)
    sizes, values = cell_sizes[known], left_out[known]
    influence = np.average(values, weights=sizes) - values
    spread = (sizes * influence**2).sum()
    return float((sizes * influence**3).sum() / (6 * spread**1.5)) if spread > 0 else 0.0
