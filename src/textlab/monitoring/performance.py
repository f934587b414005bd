"""Estimate the present scores of a model without labels.

Calibrated probabilities say how often the predicted class is right, so their mean estimates accuracy, and their sums
estimate the confusion matrix: NannyML's confidence-based performance estimation (CBPE), described by Kivimäki et al.
(2025), "Confidence-based estimators for predictive performance in model monitoring". Here they are first corrected for
a change of the class shares. The estimate holds as long as the texts of each class stay what they were.
"""

from dataclasses import dataclass, field

import numpy as np

from textlab.evaluation.classification.calibration import logits_of
from textlab.evaluation.classification.vector_scaling import VectorScaling, fit_vector_scaling
from textlab.monitoring.label_shift import at_shares, estimated_shares, shares_of
from textlab.monitoring.score import Score, confusion_matrix, scores_of

RESAMPLES = 300
MOST_RESAMPLED = 10_000  # predictions in a resample; more would narrow the interval little and take minutes
MOST_CELLS = 300_000  # probabilities in a resample, where there are many classes
FEWEST_RESAMPLED = 1_000
BLIND_SPOT = (
    "The estimate cannot see a change of the right labels: if people began to call the same texts by another label, "
    "accuracy would fall and the estimate would not. Only new labels show that."
)
DOUBTFUL_DISTANCE, DOUBTFUL_P = 0.15, 1e-3
DOUBT = (
    "The confidences in the traffic fit no mixture of the classes of validation, so do not rely on the estimate. Label "
    "some of these texts to measure the accuracy."
)


@dataclass(frozen=True, eq=False)
class Estimate:
    """The performance of a model on predictions without labels, with intervals at a confidence of 95 %.

    Attributes:
        accuracy, macro_f1: on exactly these predictions, corrected for a change of the class shares.
        uncorrected_accuracy: the mean calibrated probability of the predicted class. It is the better estimate if the
            texts have changed but the right label of each text has not.
        class_shares: the estimated true share of each class.
        validation_accuracy, validation_macro_f1: the real scores on validation.
        validation_shares: the share of each class there.
        predictions: the number of predictions.
        resampled: the number of independent predictions that the intervals rest on, at most MOST_RESAMPLED. If there
            are more, the intervals are a little wider than necessary.
        right: float32 (n,), the estimated probability that each prediction is right. Their mean is `accuracy`.
        doubt: why the estimate is not reliable on this traffic; "" if nothing speaks against it.
        blind_spot: what the estimate cannot see, in words.
    """

    accuracy: Score
    macro_f1: Score
    uncorrected_accuracy: float
    class_shares: tuple[Score, ...]
    validation_accuracy: float
    validation_macro_f1: float
    validation_shares: tuple[float, ...]
    predictions: int
    resampled: int
    right: np.ndarray = field(repr=False)
    doubt: str = ""
    blind_spot: str = BLIND_SPOT


def estimate_performance(
    validation_probabilities: np.ndarray,
    validation_labels: np.ndarray,
    probabilities: np.ndarray,
    seed: int = 0,
    resamples: int = RESAMPLES,
    effective: float | None = None,
) -> Estimate:
    """Estimate accuracy and macro F1 of unlabelled predictions.

    The intervals come from a bootstrap that draws validation examples, predictions, and labels of the predictions from
    their estimated probabilities. It measures how far an estimate lies from the score that the labels would give.

    Args:
        validation_probabilities: float (v, k), as the model serves them.
        validation_labels: int (v,).
        probabilities: float (n, k), of the traffic.
        seed: random seed.
        resamples: the number of draws.
        effective: the number of independent predictions that would tell as much; by default, n. It is smaller if a
            caller or a text has several predictions, and makes the intervals wider.
    """
    validation = _Validation.of(validation_probabilities, validation_labels)
    logits, predicted = logits_of(probabilities), probabilities.argmax(axis=1)
    posterior, shares = validation.corrected(logits)
    expected = np.array([*scores_of(_expected_confusion(predicted, posterior)), *shares])
    rng = np.random.default_rng(seed)
    sampled = _sample(rng, len(logits), logits.shape[1], effective or len(logits))
    errors = _errors(validation, logits[sampled], predicted[sampled], posterior[sampled], shares, rng, resamples)
    accuracy, macro_f1, *class_shares = (
        Score.around(value, column) for value, column in zip(expected, errors.T, strict=True)
    )
    rows = np.arange(len(predicted))
    on_validation = confusion_matrix(validation_probabilities.argmax(axis=1), validation_labels, len(shares))
    validation_accuracy, validation_macro_f1 = scores_of(on_validation)
    return Estimate(
        accuracy=accuracy,
        macro_f1=macro_f1,
        uncorrected_accuracy=float(validation.calibrator.calibrate(logits)[rows, predicted].mean()),
        class_shares=tuple(class_shares),
        validation_accuracy=validation_accuracy,
        validation_macro_f1=validation_macro_f1,
        validation_shares=tuple((on_validation.sum(axis=0) / len(validation_labels)).tolist()),
        predictions=len(predicted),
        resampled=len(sampled),
        right=posterior[rows, predicted].astype(np.float32),
        doubt=DOUBT if _is_doubtful(validation, logits, shares, effective or len(logits)) else "",
    )


def _is_doubtful(validation: "_Validation", logits: np.ndarray, shares: np.ndarray, effective: float) -> bool:
    """Return whether another change than that of the class shares has moved the confidences surely and materially.

    If only the class shares have changed, validation examples that are weighted by the new shares have the confidences
    of the traffic. The Kolmogorov-Smirnov distance compares them.
    """
    from scipy.stats import kstwobign

    weights = (shares / shares_of(validation.labels, len(shares)))[validation.labels]
    expected, found = validation.logits.max(axis=1), np.sort(logits.max(axis=1))
    order = np.argsort(expected)
    below = np.concatenate([[0.0], weights[order].cumsum() / weights.sum()])
    places = np.unique(np.concatenate([expected, found]))
    counted = [np.searchsorted(values, places, side="right") for values in (expected[order], found)]
    distance = np.abs(below[counted[0]] - counted[1] / len(found)).max()
    independent = weights.sum() ** 2 / (weights**2).sum()
    p = kstwobign.sf(distance * np.sqrt(independent * effective / (independent + effective)))
    return bool(distance >= DOUBTFUL_DISTANCE and p < DOUBTFUL_P)


@dataclass(frozen=True, eq=False)
class _Validation:
    """The validation split: logits (v, k), labels (v,), the calibrator, and how often each example counts (v,)."""

    logits: np.ndarray
    labels: np.ndarray
    calibrator: VectorScaling
    counts: np.ndarray | None = None

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> "_Validation":
        return cls(logits_of(probabilities), labels, fit_vector_scaling(probabilities, labels))

    def drawn(self, rng: np.random.Generator) -> "_Validation":
        """A resample of the examples."""
        size = len(self.labels)
        counts = np.bincount(rng.integers(size, size=size), minlength=size)
        return _Validation(self.logits, self.labels, self.calibrator.resampled(counts), counts)

    def corrected(self, logits: np.ndarray, start: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return probabilities corrected for label shift, float (n, k), and the estimated class shares, float (k,)."""
        calibrated, own = self.calibrator.calibrate(logits), self.calibrator.calibrate(self.logits)
        shares = estimated_shares(calibrated, own, self.labels, self.counts, start)
        return at_shares(calibrated, shares_of(self.labels, len(shares), self.counts), shares), shares


def _sample(rng: np.random.Generator, predictions: int, classes: int, effective: float) -> np.ndarray:
    """Return the rows of the predictions that the intervals rest on."""
    most = min(MOST_RESAMPLED, max(FEWEST_RESAMPLED, MOST_CELLS // classes), max(1, round(effective)))
    return np.arange(predictions) if predictions <= most else rng.choice(predictions, most, replace=False)


def _expected_confusion(predicted: np.ndarray, posterior: np.ndarray) -> np.ndarray:
    """Sum the probabilities of the true classes over the rows of each predicted class: float (k, k)."""
    classes = posterior.shape[1]
    return np.stack([np.bincount(predicted, column, minlength=classes) for column in posterior.T], axis=1)


def _errors(
    validation: _Validation,
    logits: np.ndarray,
    predicted: np.ndarray,
    posterior: np.ndarray,
    shares: np.ndarray,
    rng: np.random.Generator,
    resamples: int,
) -> np.ndarray:
    """Draw by how much estimates exceed real figures: float (resamples, 2 + k), accuracy, macro F1, class shares."""
    size, classes = posterior.shape
    cumulated = posterior.cumsum(axis=1)
    errors = np.empty((resamples, 2 + classes))
    for row in errors:
        drawn = rng.integers(size, size=size)
        labels = (cumulated[drawn] < rng.random((size, 1))).sum(axis=1).clip(max=classes - 1)
        estimated, found = validation.drawn(rng).corrected(logits[drawn], shares)
        expected = scores_of(_expected_confusion(predicted[drawn], estimated))
        real = confusion_matrix(predicted[drawn], labels, classes)
        row[:2] = np.subtract(expected, scores_of(real))
        row[2:] = found - real.sum(axis=0) / size
    return errors
