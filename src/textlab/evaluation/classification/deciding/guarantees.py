"""Thresholds that keep a promise on new examples, chosen on validation examples.

Each promise holds if new examples come from the same source as validation. A model, a temperature or a stopping time
that the same validation chose makes the promises a little too good; benchmarks/decisions.py measures them.
"""

import math

import numpy as np

from textlab.evaluation.wishes import CONFIDENCE

STEPS = 200  # maximum number of thresholds that are tried
POWER = 0.9  # chance that the first of them passes if half of the allowed mistakes are made


def safe_threshold(scores: np.ndarray, hits: np.ndarray, wanted: float, confidence: float) -> float | None:
    """Find the lowest threshold above which, with confidence, at least a wanted share of answers is right.

    The answers with the highest scores are tested first, then more of them, until a test fails: fixed sequence testing
    of Angelopoulos et al. (2021), "Learn then test: calibrating predictive algorithms to achieve risk control". Each
    test is the exact binomial one, as Geifman and El-Yaniv (2017), "Selective classification for deep neural networks",
    do. A sequence needs no correction for the number of tests. The number of examples in the first test, `first_rank`,
    does not depend on the answers.

    Args:
        scores: float (n,), higher for answers that are more likely to be right.
        hits: bool (n,), whether each answer is right.
        wanted: the share of right answers.
        confidence: the probability of a threshold that keeps the promise.

    Returns:
        The threshold, which is itself high enough; None if no threshold is known to keep the promise.
    """
    from scipy.stats import binom

    if not len(scores):
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, right = scores[order], np.cumsum(hits[order])
    is_last = np.append(ranked[1:] < ranked[:-1], True)  # examples with the same score are answered together
    first, most = first_rank(wanted, confidence, len(ranked)), len(ranked)
    ranks = np.unique(np.linspace(first, most, min(STEPS, most - first + 1)).astype(int))
    ends = np.unique(np.flatnonzero(is_last)[np.searchsorted(np.flatnonzero(is_last), ranks - 1)])
    p_values = binom.sf(right[ends] - 1, ends + 1, wanted)
    failures = np.flatnonzero(p_values > 1 - confidence)
    passed = ends[: failures[0]] if len(failures) else ends
    return float(ranked[passed[-1]]) if len(passed) else None


def first_rank(wanted: float, confidence: float, examples: int) -> int:
    """Return the number of examples in the first test of `safe_threshold`.

    It is the sample size of a test of shares by the normal approximation: enough for a power of `POWER` if half of the
    allowed mistakes are made. Of few examples, it is a quarter, if so few can pass at all.
    """
    from scipy.special import ndtri

    likely = (1 + wanted) / 2
    spread = ndtri(confidence) * math.sqrt(wanted * (1 - wanted)) + ndtri(POWER) * math.sqrt(likely * (1 - likely))
    enough = math.ceil((spread / (likely - wanted)) ** 2)
    return min(enough, max(examples // 4, fewest_for_recall(wanted, confidence)), examples)


def best_share(scores: np.ndarray, hits: np.ndarray, wanted: float, confidence: float) -> float | None:
    """Return the highest share below `wanted`, in steps of half a point, that `safe_threshold` can promise."""
    for share in np.arange(math.floor(200 * wanted - 1e-9), 0, -1) / 200:
        if safe_threshold(scores, hits, float(share), confidence) is not None:
            return float(share)
    return None


def recall_threshold(scores: np.ndarray, wanted: float, confidence: float) -> float | None:
    """Find the highest threshold that, with confidence, at least a wanted share of a class reaches.

    With the r-th lowest of n scores as threshold, the share of the class that reaches it has the distribution
    Beta(n - r + 1, r), whatever that of the scores: Wilks (1941), "Determination of sample sizes for setting tolerance
    limits".

    Args:
        scores: float (n,), the probability of the class for validation examples of the class.
        wanted: the share.
        confidence: the probability of a threshold that keeps the promise.

    Returns:
        The threshold; None if there are fewer than `fewest_for_recall` examples.
    """
    from scipy.stats import beta

    places = np.arange(1, len(scores) + 1)
    kept = places[beta.cdf(wanted, len(scores) - places + 1, places) <= 1 - confidence]
    return float(np.sort(scores)[kept[-1] - 1]) if len(kept) else None


def fewest_for_recall(wanted: float, confidence: float) -> int:
    """Return the number of examples of a class that a promise of its recall needs."""
    return math.ceil(math.log(1 - confidence) / math.log(wanted) - 1e-9)


def set_threshold(scores: np.ndarray, coverage: float) -> float:
    """Find the lowest probability with which a class belongs to a prediction set, for a stated coverage of the class.

    Split conformal prediction for each class by itself (Mondrian): Vovk, Gammerman and Shafer (2005), "Algorithmic
    learning in a random world", section 4.5; Sadinle, Lei and Wasserman (2019), "Least ambiguous set-valued classifiers
    with bounded error levels". Of n + 1 exchangeable scores, each rank is equally likely for the new one. So the
    threshold is the r-th lowest of n, with r = floor((n + 1) (1 - coverage)), and the mean coverage over validation
    samples is at least the stated one and at most 1 / (n + 1) above it if no scores tie.

    Args:
        scores: float (n,), the probability of the class for validation examples of the class.
        coverage: the share of examples of the class whose set holds it.

    Returns:
        The threshold; 0, so that each set holds the class, if there are fewer than `fewest_for_set` examples.
    """
    rank = math.floor((len(scores) + 1) * (1 - coverage) + 1e-9)
    return float(np.sort(scores)[rank - 1]) if rank else 0.0


def fewest_for_set(coverage: float) -> int:
    """Return the number of examples of a class with which a prediction set may leave the class out."""
    return math.ceil(1 / (1 - coverage) - 1e-9) - 1


def exact_interval(hits: int, examples: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of a share by Clopper and Pearson (1934), which holds for any number of examples.

    Returns:
        The lower and the upper end; 0 and 1 if there are no examples.
    """
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, examples - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, examples - hits)) if hits < examples else 1.0
    return low, high
