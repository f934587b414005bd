"""Weights of several answers to the same examples, fitted on validation.

The answers are combined as a logarithmic opinion pool: a weighted sum of logarithms (Genest and Zidek 1986, "Combining
probability distributions").
"""

from collections.abc import Mapping

import numpy as np

PARTS = 5
FEWEST = 2 * PARTS  # examples that weights can be fitted to
HEAVIEST = 3.0
PENALTY = 1.0  # examples as which a squared distance from the start counts

Answers = Mapping[str, np.ndarray]
PoolingWeights = dict[str, float]


def fitted_weights(logs: Answers, labels: np.ndarray, start: Mapping[str, float]) -> PoolingWeights:
    """Return weights from 0 to 3 with the lowest cross-entropy, and a small penalty for their distance from `start`.

    Args:
        logs: the logarithms of the probabilities of each answer, up to a constant a row, float (n, k).
        labels: int (n,).
        start: a weight for each answer.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    stacked, rows = np.stack(list(logs.values())), np.arange(len(labels))
    first = np.array([start[name] for name in logs])

    def loss(weights: np.ndarray) -> float:
        found = log_softmax(np.tensordot(weights, stacked, 1), axis=1)
        return float(-found[rows, labels].sum() + PENALTY * ((weights - first) ** 2).sum())

    found = minimize(loss, first, bounds=[(0, HEAVIEST)] * len(stacked), method="L-BFGS-B")
    return dict(zip(logs, found.x.tolist(), strict=True))


def answers_out_of_part(logs: Answers, labels: np.ndarray, start: Mapping[str, float]) -> np.ndarray:
    """Return probabilities for each part of the examples, with weights that were fitted to the other parts.

    Their loss says what fitted weights are worth on new examples. The arguments are those of `fitted_weights`.
    """
    parts = np.arange(len(labels)) % PARTS
    answers = np.empty_like(next(iter(logs.values())))  # of its type, too: scikit-learn clips by it
    for part in range(PARTS):
        inside = parts == part
        weights = fitted_weights({name: each[~inside] for name, each in logs.items()}, labels[~inside], start)
        answers[inside] = pooled({name: each[inside] for name, each in logs.items()}, weights)
    return answers


def pooled(logs: Answers, weights: Mapping[str, float]) -> np.ndarray:
    """Return the probabilities of the weighted answers, float (n, k)."""
    from scipy.special import softmax

    return softmax(sum(weights[name] * each.astype(np.float64) for name, each in logs.items()), axis=1)
