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


def length_shift(unit: str, reference: np.ndarray, current: np.ndarray, inflation: float = 1.0) -> LengthShift:
    """Compare the lengths of two samples.

    Args:
        unit: the unit of the lengths.
        reference, current: the lengths, (n,) and (m,).
        inflation: design effect of the current sample, by which its number of texts is divided.
    """
    distance, p = distributions_p(reference, current, inflation)
    return LengthShift(unit, float(np.median(reference)), float(np.median(current)), distance, p)


def distributions_p(reference: np.ndarray, current: np.ndarray, inflation: float = 1.0) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance of two samples and its p value, see `length_shift`."""
    from scipy.stats import ks_2samp, kstwobign

    is_small = max(len(reference), len(current)) <= LARGEST_EXACT
    test = ks_2samp(reference, current, method="exact" if is_small else "asymp")
    if inflation == 1:
        return float(test.statistic), float(test.pvalue)
    size = 1 / (1 / len(reference) + inflation / len(current))
    return float(test.statistic), float(kstwobign.sf(np.sqrt(size) * test.statistic))


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
    return surest([names[index] for index in kept.tolist()], shares[0], shares[1], adjusted)


def surest(
    names: Sequence[str], reference: np.ndarray, current: np.ndarray, adjusted: np.ndarray
) -> tuple[Movement, ...]:
    """Return the words that moved, the surest first, from their shares and adjusted p values."""
    found = np.flatnonzero(adjusted < FALSE_DISCOVERIES).tolist()
    order = sorted(found, key=lambda index: (adjusted[index], -abs(current[index] - reference[index])))
    return tuple(
        Movement(names[index], float(reference[index]), float(current[index]), float(adjusted[index]))
        for index in order
    )


def two_shares_p(
    reference: np.ndarray, reference_texts: int, current: np.ndarray, current_texts: np.ndarray | float
) -> np.ndarray:
    """Test for each word whether its share is the same in two samples.

    Args:
        reference: the number of texts of the reference that have it, (t,).
        reference_texts: the number of texts in the reference.
        current: the number of texts of the current sample that have it, (t,); a fraction for effective counts.
        current_texts: the number of texts in the current sample; (t,) for effective counts.

    Returns:
        Two-sided p values, (t,).
    """
    having, total = reference + current, reference_texts + current_texts
    expected = having * current_texts / total
    variance = having * (total - having) * current_texts * reference_texts / (total**2 * (total - 1))
    return _two_sided(current, expected, variance)


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
