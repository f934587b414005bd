"""Words and surface features whose share differs between two samples, and lengths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from textlab.evaluation.shift.tokens import FEATURES, is_word

FALSE_DISCOVERIES = 0.01  # expected share of false names among the words that moved

LARGEST_EXACT = 100  # texts in a sample; more take long, and the asymptotic distribution fits them
FEWEST_TEXTS = 10  # rarer words are not tested; they would only make the correction for many tests stricter


@dataclass(frozen=True)
class Movement:
    """A word or feature whose share differs.

    Attributes:
        name: the word, or a feature such as "a link".
        reference, current: the share of texts that have it, from 0 to 1.
        p: the p value, adjusted for the number of words and features tested.
    """

    name: str
    reference: float
    current: float
    p: float

    @property
    def is_word(self) -> bool:
        """Whether it is a word or sign of the texts, not a feature."""
        return is_word(self.name)


@dataclass(frozen=True)
class LengthShift:
    """The lengths in two samples.

    Attributes:
        unit: "words" or "characters".
        reference, current: the medians.
        distance: the Kolmogorov-Smirnov distance, from 0 (alike) to 1.
        p: its p value.
    """

    unit: str
    reference: float
    current: float
    distance: float
    p: float


def length_shift(unit: str, reference: np.ndarray, current: np.ndarray) -> LengthShift:
    """Compare the lengths of two samples, (n,) and (m,)."""
    from scipy.stats import ks_2samp

    is_small = max(len(reference), len(current)) <= LARGEST_EXACT
    test = ks_2samp(reference, current, method="exact" if is_small else "asymp")
    medians = float(np.median(reference)), float(np.median(current))
    return LengthShift(unit, *medians, float(test.statistic), float(test.pvalue))


def movements(features: Any, names: Sequence[str], is_current: np.ndarray, classes: np.ndarray) -> tuple[Movement, ...]:
    """Find the words and features whose share differs between two samples, the surest first.

    The test compares shares within each class (Cochran-Mantel-Haenszel), so that a class that is merely more frequent
    in one of the samples moves no word. Without classes it is the exact test of two proportions, nearly.

    Args:
        features: a sparse matrix of zeros and ones, n texts by tokens.
        names: the tokens.
        is_current: whether each text is in the current sample, (n,).
        classes: the class of each text, (n,).
    """
    from scipy.stats import false_discovery_control

    counts = np.asarray(features.sum(axis=0)).ravel()
    named = np.array([is_word(name) or name in FEATURES for name in names], dtype=bool)
    kept = np.flatnonzero(named & (counts >= FEWEST_TEXTS))
    if not len(kept):
        return ()
    matrix = features[:, kept]
    adjusted = false_discovery_control(_p_values(matrix, is_current, classes))
    shares = [np.asarray(matrix[is_current == side].mean(axis=0, dtype=float)).ravel() for side in (False, True)]
    found = np.flatnonzero(adjusted < FALSE_DISCOVERIES)
    order = sorted(found, key=lambda index: (adjusted[index], -abs(shares[1][index] - shares[0][index])))
    return tuple(
        Movement(names[kept[index]], float(shares[0][index]), float(shares[1][index]), float(adjusted[index]))
        for index in order
    )


def _p_values(matrix: Any, is_current: np.ndarray, classes: np.ndarray) -> np.ndarray:
    observed, expected, variance = (np.zeros(matrix.shape[1]) for _ in range(3))
    for label in np.unique(classes):
        members = classes == label
        total, current = int(members.sum()), int((members & is_current).sum())
        if current in (0, total):
            continue
        having = np.asarray(matrix[members].sum(axis=0)).ravel()
        observed += np.asarray(matrix[members & is_current].sum(axis=0)).ravel()
        expected += having * current / total
        variance += having * (total - having) * current * (total - current) / (total**2 * (total - 1))
    return _two_sided(observed, expected, variance)


def _two_sided(observed: np.ndarray, expected: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return p values of counts under the binomial distribution with the given means and variances.

    A normal distribution would call three texts where 0.1 are expected a certainty.
    """
    from scipy.special import betainc, betaincc

    usable = (variance > 0) & (expected > variance)
    mean, spread = np.where(usable, expected, 1.0), np.where(usable, variance, 0.5)
    chance = 1 - spread / mean
    trials = np.maximum(mean / chance, observed + 1e-9)
    at_least = np.where(observed > 0, betainc(np.maximum(observed, 1), trials - observed + 1, chance), 1.0)
    at_most = betaincc(observed + 1, trials - observed, chance)
    return np.where(usable, np.minimum(1.0, 2 * np.minimum(at_least, at_most)), 1.0)
