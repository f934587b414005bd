"""The power of a look: which change of the class shares its test of the outputs finds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textlab.evaluation.statistics.power import POWER
from textlab.monitoring.score import confusion_matrix

CLOSE = 1e-4


@dataclass(frozen=True)
class Power:
    """Which changes of the class shares a look finds with a probability of 0.8.

    Attributes:
        predictions: the number of predictions of the look.
        alpha: the significance level of the test of class shares.
        changes: for each class, the smallest rise of its true share that is found, as a share of one. The other
            classes give it up in proportion. None if no rise is.
        sentence: the largest of them, in words.
    """

    predictions: int
    alpha: float
    changes: dict[str, float | None]
    sentence: str


def power_of_look(
    label_names: Sequence[str],
    validation_labels: np.ndarray,
    validation_predicted: np.ndarray,
    predictions: int,
    alpha: float,
) -> Power:
    """Compute the smallest change of each class's share that the chi-squared test of predicted classes finds.

    The model's mistakes hide a part of a change, so the confusion matrix on validation translates true shares into
    predicted ones. The power is that of the noncentral chi-squared distribution: Cohen (1988), "Statistical power
    analysis for the behavioral sciences", chapter 7.

    Args:
        label_names: the k classes.
        validation_labels, validation_predicted: int (v,), the true and the predicted classes on validation.
        predictions: the number of predictions.
        alpha: the significance level of this one test.
    """
    confusion = confusion_matrix(validation_predicted, validation_labels, len(label_names))
    changes = {name: _change(confusion, label, predictions, alpha) for label, name in enumerate(label_names)}
    return Power(predictions, alpha, changes, _sentence(predictions, changes))


def share_test_power(before: np.ndarray, after: np.ndarray, validation: int, predictions: int, alpha: float) -> float:
    """Compute the power of the chi-squared test of two samples of classes.

    Args:
        before, after: float (k,), the shares of the predicted classes on validation and in traffic.
        validation, predictions: the sizes of the two samples.
        alpha: the significance level.
    """
    from scipy.stats import chi2, ncx2

    pooled = (validation * before + predictions * after) / (validation + predictions)
    held = pooled > 0
    freedom = int(held.sum()) - 1
    if freedom < 1:
        return 0.0
    distance = ((after - before)[held] ** 2 / pooled[held]).sum() * validation * predictions
    noncentrality = distance / (validation + predictions)
    if noncentrality == 0:
        return alpha
    return float(ncx2.sf(chi2.isf(alpha, freedom), freedom, noncentrality))


def shifted(shares: np.ndarray, label: int, change: float) -> np.ndarray:
    """Return the shares after one class has gained `change`, which the others give up in proportion: float (k,)."""
    rest = np.delete(shares, label).sum()
    after = shares * (rest - change) / rest
    after[label] = shares[label] + change
    return after


def _change(confusion: np.ndarray, label: int, predictions: int, alpha: float) -> float | None:
    """Search the smallest change of the share of one class that is found with the conventional power."""
    validation, true = int(confusion.sum()), confusion.sum(axis=0)
    shares = true / validation
    recalls = confusion / np.maximum(true, 1)  # (k predicted, k true)
    low, high = 0.0, 1 - float(shares[label])
    if not true[label] or high <= 0:
        return None

    def power(change: float) -> float:
        after = recalls @ shifted(shares, label, change)
        return share_test_power(recalls @ shares, after, validation, predictions, alpha)

    if power(high) < POWER:
        return None
    while high - low > CLOSE:
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high


def _sentence(predictions: int, changes: dict[str, float | None]) -> str:
    texts = f"With {predictions:,} predictions, "
    known = [change for change in changes.values() if change is not None]
    if not known:
        return texts + "no change in the class shares would be found four times in five."
    hidden = [name for name, change in changes.items() if change is None]
    of_which = "a class's share" if not hidden else f"the share of a class other than {', '.join(hidden)}"
    return texts + f"a rise of {100 * max(known):.0f} points in {of_which} is found four times in five."
