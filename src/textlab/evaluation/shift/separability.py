"""How well a classifier tells two samples apart: the AUC of a domain classifier, with its interval and p value.

Lopez-Paz and Oquab (2017), "Revisiting classifier two-sample tests"; Rabanser, Günnemann and Lipton (2019), "Failing
loudly: an empirical study of methods for detecting dataset shift".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

FOLDS = 3
BLOCKS = 5  # a comparison in sequence has so many blocks
NORMAL_QUANTILE = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Separability:
    """How well a classifier tells two samples apart.

    Attributes:
        auc: the probability that the classifier, which has seen neither, ranks a text of the current sample above a
            text of the reference with the same class. It is 0.5 for samples of one source; NaN if it is unknown.
        low, high: the ends of its 95 % interval.
        p: the one-sided p value against 0.5; 1 if the AUC is unknown.
    """

    auc: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    p: float = 1.0


def separability(
    features: Any, is_current: np.ndarray, classes: np.ndarray, groups: np.ndarray, seed: int = 0
) -> Separability:
    """Measure how well a classifier tells two samples apart, out of fold.

    Folds share training texts, so the p value is somewhat too small: without a difference, about 12 % of such values
    are below 0.05. Use a strict limit, or `sequential_separability`.

    Texts are only compared with texts of the same class, and each class has the same weight in both samples. A class
    that is merely more frequent in one of the samples therefore changes nothing. Texts of one group are in the same
    fold and count as one observation.

    Args:
        features: a sparse matrix, n texts by tokens.
        is_current: whether each text is in the current sample, (n,).
        classes: the class of each text, (n,); zeros if unknown.
        groups: the number of each text's group, (n,).
        seed: seed of the folds.
    """
    fold = _folds(2 * classes + is_current, groups, seed, FOLDS)
    scores = np.zeros(len(fold))
    for number in range(FOLDS):
        _score(scores, features, is_current, classes, fold != number, fold == number)
    return stratified_auc(scores, is_current, classes * FOLDS + fold, groups)


def sequential_separability(features: Any, is_current: np.ndarray, groups: np.ndarray, seed: int = 0) -> Separability:
    """Measure how well a classifier tells two samples apart, with a p value that holds exactly in large samples.

    The texts come in BLOCKS blocks. Each block is ranked by a classifier that has seen the blocks before it, and no
    other. So, without a difference, the blocks' AUCs are uncorrelated, and the variance of their mean is known: the
    argument of Lhéritier and Cazals (2018), "A sequential non-parametric multivariate two-sample test". The first block
    is not ranked.

    Args:
        features: a sparse matrix, n texts by tokens; or an array, n values by features, which are standardised.
        is_current: whether each text is in the current sample, (n,).
        groups: the number of each text's group, (n,). Texts of one group are in the same block.
        seed: seed of the blocks.
    """
    block = _folds(is_current.astype(int), groups, seed, BLOCKS)
    scores, classes = np.zeros(len(block)), np.zeros(len(block), dtype=int)
    for number in range(1, BLOCKS):
        _score(scores, features, is_current, classes, block < number, block == number)
    ranked = block > 0
    _, ranked_groups = np.unique(groups[ranked], return_inverse=True)
    return stratified_auc(scores[ranked], is_current[ranked], block[ranked], ranked_groups)


def _score(
    scores: np.ndarray,
    features: Any,
    is_current: np.ndarray,
    classes: np.ndarray,
    outside: np.ndarray,
    inside: np.ndarray,
) -> None:
    """Fit a classifier on the texts outside, and write its scores for those inside."""
    weights = _balanced(is_current[outside], classes[outside])
    if weights.any() and inside.any():
        scores[inside] = _scores(features[outside], is_current[outside], weights, features[inside])


def _folds(strata: np.ndarray, groups: np.ndarray, seed: int, count: int) -> np.ndarray:
    """Deal groups to folds, the strata (of each group's first text) one after another."""
    names, first, group_of = np.unique(groups, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(names))
    dealt = shuffled[np.argsort(strata[first[shuffled]], kind="stable")]
    fold = np.empty(len(names), dtype=int)
    fold[dealt] = np.arange(len(names)) % count
    return np.asarray(fold[group_of])


def _balanced(is_current: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return weights, 1 on average, with which each class is equally frequent in both samples."""
    weights = np.zeros(len(classes))
    for label in np.unique(classes):
        members = [np.flatnonzero((classes == label) & (is_current == side)) for side in (False, True)]
        shared = 1 / sum(1 / len(rows) for rows in members) if all(len(rows) for rows in members) else 0.0
        for rows in members:
            weights[rows] = shared / max(len(rows), 1)
    return weights / weights.mean() if weights.any() else weights


def _scores(train: Any, is_current: np.ndarray, weights: np.ndarray, test: Any) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scale = (StandardScaler() if isinstance(train, np.ndarray) else TfidfTransformer()).fit(train)
    model = LogisticRegression(solver="liblinear", random_state=0)  # the fastest solver on two classes
    model.fit(scale.transform(train), is_current, sample_weight=weights)
    return np.asarray(model.decision_function(scale.transform(test)))


def stratified_auc(scores: np.ndarray, is_current: np.ndarray, strata: np.ndarray, groups: np.ndarray) -> Separability:
    """Estimate the AUC within strata, with a variance that allows for groups.

    The strata's AUCs are averaged as by van Elteren (1960); the variance sums the texts' placement values by group, as
    Obuchowski (1997), "Nonparametric analysis of clustered ROC curve data". The p value is the larger of two: from
    that variance, and from the Mann-Whitney test's variance of samples that do not differ.
    """
    strata_parts = [_placements(scores, is_current, strata == stratum) for stratum in np.unique(strata)]
    parts = [part for part in strata_parts if part is not None]
    if not parts:
        return Separability()
    weights = np.array([1 / null for *_, null in parts])
    weights /= weights.sum()
    auc = float(sum(weight * part[1] for weight, part in zip(weights, parts, strict=True)))
    influence = np.zeros(len(scores))
    for weight, (rows, _, values, _) in zip(weights, parts, strict=True):
        influence[rows] = weight * values
    error = _clustered_error(influence, groups)
    null_error = np.sqrt(sum(weight**2 * part[3] for weight, part in zip(weights, parts, strict=True)))
    return Separability(auc, *_interval(auc, max(error, 1e-9)), _p(auc, error, float(null_error), groups, is_current))


def _placements(
    scores: np.ndarray, is_current: np.ndarray, member: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, float] | None:
    """Return a stratum's rows, AUC, each row's influence on it, and its variance if the samples do not differ."""
    reference, current = np.flatnonzero(member & ~is_current), np.flatnonzero(member & is_current)
    n, m = len(reference), len(current)
    if not n or not m:
        return None
    above = _share_below(scores[current], scores[reference])
    below = 1 - _share_below(scores[reference], scores[current])
    auc = float(above.mean())
    values = np.concatenate([(below - auc) / n, (above - auc) / m])
    return np.concatenate([reference, current]), auc, values, (n + m + 1) / (12 * n * m)


def _share_below(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the share of `others` below each value; a tie counts half."""
    ordered = np.sort(others)
    return np.asarray((np.searchsorted(ordered, values) + np.searchsorted(ordered, values, side="right")) / 2) / len(
        others
    )


def _clustered_error(influence: np.ndarray, groups: np.ndarray) -> float:
    sums = np.bincount(groups, weights=influence)
    count = len(np.unique(groups))
    return float(np.sqrt((sums**2).sum() * count / max(count - 1, 1)))


def _interval(auc: float, error: float) -> tuple[float, float]:
    return max(0.0, auc - NORMAL_QUANTILE * error), min(1.0, auc + NORMAL_QUANTILE * error)


def _p(auc: float, error: float, null_error: float, groups: np.ndarray, is_current: np.ndarray) -> float:
    from scipy.stats import norm, t

    fewest = min(len(np.unique(groups[is_current == side])) for side in (False, True))
    by_groups = t.sf((auc - 0.5) / max(error, 1e-9), max(fewest - 1, 1))
    return float(max(by_groups, norm.sf((auc - 0.5) / null_error)))
