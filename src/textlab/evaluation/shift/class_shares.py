"""Compare the class shares of two samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_EXPECTED = 5.0  # the chi-squared distribution fits badly with fewer expected texts in a field


@dataclass(frozen=True)
class ClassShift:
    """The class shares of two samples.

    Attributes:
        names: the classes.
        reference, current: the number of texts of each class.
        cramers_v: Cramér's V of the shares, as if the samples had equal sizes: from 0 (alike) to 1.
        p: the p value of the chi-squared test. Classes with few texts are tested as one.
    """

    names: tuple[str, ...]
    reference: tuple[int, ...]
    current: tuple[int, ...]
    cramers_v: float
    p: float

    @property
    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """The share of each class in both samples."""
        return np.array(self.reference) / sum(self.reference), np.array(self.current) / sum(self.current)


def class_shift(reference: np.ndarray, current: np.ndarray, names: Sequence[str]) -> ClassShift:
    """Compare the class shares of two samples.

    Args:
        reference: the labels of n texts, as indices into `names`.
        current: the labels of m texts.
        names: the classes.
    """
    counts = np.array([np.bincount(labels, minlength=len(names)) for labels in (reference, current)])
    return ClassShift(
        tuple(names), tuple(counts[0].tolist()), tuple(counts[1].tolist()), cramers_v(counts), shares_p(counts)
    )


def cramers_v(counts: np.ndarray) -> float:
    """Compute Cramér's V of two rows of counts, each taken as shares."""
    first, second = counts / counts.sum(axis=1, keepdims=True)
    either = first + second
    return float(np.sqrt((((first - second) ** 2)[either > 0] / either[either > 0]).sum() / 2))


def shares_p(counts: np.ndarray) -> float:
    """Test whether two rows of counts have the same shares; columns with few texts are tested as one.

    If those are few even together, they are added to the column with the fewest texts among the others.
    """
    from scipy.stats import chi2_contingency

    expected = counts.sum(axis=0) * counts.sum(axis=1).min() / counts.sum()
    few = expected < FEWEST_EXPECTED
    if 0 < expected[few].sum() < FEWEST_EXPECTED and not few.all():
        few[np.argmin(np.where(few, np.inf, expected))] = True
    table = np.column_stack([counts[:, ~few], counts[:, few].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    return float(chi2_contingency(table).pvalue)
