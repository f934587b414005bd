"""How many labels are wrong: an estimate that needs no correct labels, only out-of-fold predictions.

The score of a label is low if the model that never saw it prefers another class. The scores of all labels are a
mixture of right and wrong ones. What wrong labels score is known: an out-of-fold prediction does not depend on the
example's label, so each label can be replaced by another class and scored as well. Where scores are lowest, hardly any
right label is left. So the ratio of the two distributions there is the share of wrong labels (mixture proportion
estimation: Scott 2015, "A rate of convergence for mixture proportion estimation, with application to learning from
noisy labels").

The estimate assumes that wrong labels are as conspicuous as labels replaced at random. Mistakes of people are often
between classes that are alike, and so harder to see: then more labels are wrong than it says.
"""

from dataclasses import dataclass

import numpy as np

REPLACED = 10  # maximum number of other classes that replace each label
QUANTILES = np.arange(
    0.1, 0.55, 0.05
)  # quantiles of the scores of replaced labels, where the two distributions are compared
RESAMPLES, AT_ONCE = 500, 50
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A share with its 95 % bootstrap interval over examples."""

    value: float
    low: float
    high: float


def label_scores(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the log odds of each label against the likeliest other class: float (n,); the lowest are likeliest wrong.

    Args:
        labels: int (n,).
        probabilities: out-of-fold, float (n, k).
    """
    rows, others = np.arange(len(labels)), np.log(np.maximum(probabilities, 1e-9))
    own = others[rows, labels]
    others[rows, labels] = -np.inf
    return np.asarray(own - others.max(axis=1))


def estimate_wrong(
    labels: np.ndarray, probabilities: np.ndarray, listed: int, seed: int = 0
) -> tuple[Estimate, Estimate]:
    """Estimate the share of wrong labels among all, and the share of right ones among the likeliest wrong labels.

    Args:
        labels: int (n,).
        probabilities: out-of-fold, float (n, k).
        listed: number of labels with the lowest scores, at least 1.
        seed: random seed of the bootstrap.

    Returns:
        The share of wrong labels, and the share of right labels among the `listed` ones.
    """
    n, k = probabilities.shape
    random = np.random.default_rng(seed)
    steps = random.permutation(np.arange(1, k))[:REPLACED]
    scores = label_scores(labels, probabilities)
    replaced = np.column_stack([label_scores((labels + step) % k, probabilities) for step in steps])
    cuts = np.append(np.quantile(replaced, QUANTILES), np.sort(scores)[listed - 1])
    # What each example adds to the two distribution functions at each cut: float32 (n, 2 * cuts).
    below = np.column_stack(
        [scores[:, None] <= cuts, np.stack([(replaced <= cut).mean(axis=1) for cut in cuts], axis=1)]
    ).astype(np.float32)
    blocks = [
        random.poisson(1, (AT_ONCE, n)).astype(np.float32) @ below for _ in range(RESAMPLES // AT_ONCE)
    ]  # the Poisson bootstrap: each example is drawn once on average
    values = _shares(np.concatenate([below.sum(axis=0, dtype=float)[None], *blocks]), k)
    return Estimate(*_with_interval(values[0])), Estimate(*_with_interval(values[1]))


def _shares(sums: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of wrong labels and of right listed labels, for each row of sums over examples."""
    of_given, of_replaced = np.split(sums, 2, axis=1)
    ratios = np.divide(of_given, of_replaced, out=np.ones_like(of_given), where=of_replaced > 0)
    ratio = ratios[:, :-1].min(axis=1)
    # A replaced label is right by chance if the given one was wrong; the ratio allows for it.
    wrong = ratio / (1 + ratio / (k - 1))
    right_listed = 1 - np.minimum(1, ratio * of_replaced[:, -1] / np.maximum(of_given[:, -1], 1))
    return np.clip(wrong, 0, 1), right_listed


def _with_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return the first value, and the percentile interval of the others, which is made to hold it."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values[1:], [tail, 1 - tail])
    return float(values[0]), float(min(low, values[0])), float(max(high, values[0]))
