"""The approximate randomization test of two classifiers on the same texts. It is valid however few texts there are."""

from typing import Any

import numpy as np

from textlab.evaluation.classification.decisions import Decisions
from textlab.evaluation.statistics.bootstrap import NUMBERS_AT_ONCE, RESAMPLES

ROUNDING = 1e-12  # equal differences may differ by as much


def randomization_p(decisions: Decisions, metric: str, draws: int = RESAMPLES, seed: int = 0) -> tuple[float, float]:
    """Test whether the first of two models scores higher, and whether it scores lower.

    If the models are equally good, the two predictions for a text can be swapped without a change. So the difference
    of the scores is compared with the differences after random swaps: Noreen (1989), "Computer-intensive methods for
    testing hypotheses"; Yeh (2000), "More accurate tests for the statistical significance of result differences".

    Args:
        decisions: two models.
        metric: one of `decision_scores.score_names`.
        draws: number of random swaps of all texts; no p value is below 1 / (draws + 1).
        seed: random seed.

    Returns:
        The one-sided p values of "the first model is better" and "the first model is worse".
    """
    rows = np.column_stack([decisions.labels, decisions.predicted.T])
    patterns, sizes = np.unique(rows, axis=0, return_counts=True)
    kept, swapped = (_contributions(decisions, patterns[:, columns]) for columns in ([0, 1, 2], [0, 2, 1]))
    differ = patterns[:, 1] != patterns[:, 2]
    if not differ.any():
        return 1.0, 1.0
    whole, change = sizes @ kept, (swapped - kept)[differ]
    observed = _difference(decisions, np.atleast_2d(whole), metric)[0]
    rng, better, worse = np.random.default_rng(seed), 1, 1
    block = max(1, NUMBERS_AT_ONCE // max(change.shape))
    for start in range(0, draws, block):
        swaps = rng.binomial(sizes[differ], 0.5, size=(min(block, draws - start), int(differ.sum())))
        drawn = _difference(decisions, whole + swaps @ change, metric)
        better += int((drawn >= observed - ROUNDING).sum())
        worse += int((drawn <= observed + ROUNDING).sum())
    return better / (draws + 1), worse / (draws + 1)


def _contributions(decisions: Decisions, patterns: np.ndarray) -> Any:
    """Return what one text of each pattern (true class, two predicted classes) adds to the sums.

    The result is float64 (p, s), an array or, for many classes, a sparse one.
    """
    of_patterns = Decisions(decisions.models, decisions.label_names, patterns[:, 0], patterns[:, 1:].T)
    found = of_patterns.contributions()
    return found.patterns[found.pattern_of_example].astype(np.float64)


def _difference(decisions: Decisions, sums: np.ndarray, metric: str) -> np.ndarray:
    scores = decisions.scores(sums, [metric])[metric]
    return scores[:, 0] - scores[:, 1]
