"""Compare class shares and confidence of the traffic with validation: have the outputs moved?

The class shares are tested on the probabilities, not on the predicted classes. Where only class shares have changed,
that is the score test of the change, which no test of the predicted classes can beat: Lipton, Wang and Smola (2018),
"Detecting and correcting for label shift with black box predictors", and Garg et al. (2020), "A unified view of label
shift estimation".
"""

from dataclasses import dataclass

import numpy as np

from textlab.evaluation.shift.findings import share
from textlab.evaluation.shift.movements import distributions_p
from textlab.evaluation.statistics.bootstrap import CONFIDENCE
from textlab.evaluation.statistics.quadratic_form import squared_length_p
from textlab.export.reference import Reference
from textlab.monitoring.dependence import (
    caller_groups,
    fewest_effective,
    inflation,
    repeated_groups,
    with_few_groups,
)
from textlab.monitoring.findings import Finding, Kind
from textlab.monitoring.traffic import Traffic

CLASS_SHARES = "class shares"
CLASS_SHARES_WEIGHT = 8.0  # the best single signal: Rabanser, Günnemann and Lipton (2019), "Failing loudly"
CONFIDENCE_WEIGHT = 1.0
FEWEST_EXPECTED = 5.0  # texts of a class; rarer classes get less weight
DECIMALS = 3  # confidences are rounded before they are compared


@dataclass(frozen=True)
class ClassChange:
    """A class in validation and in the traffic.

    Attributes:
        name: the class.
        reference, current: the mean probability of the class.
        predicted_reference, predicted_current: the share of predictions of the class.
        low, high: the ends of the 95 % interval of `predicted_current`.
    """

    name: str
    reference: float
    current: float
    predicted_reference: float
    predicted_current: float
    low: float
    high: float


@dataclass(frozen=True)
class ConfidenceChange:
    """The probability of the predicted class, in validation and in the traffic.

    Attributes:
        reference, current: the means.
        low, high: the ends of the 95 % interval of `current`.
        distance: the Kolmogorov-Smirnov distance of the distributions, from 0 (alike) to 1.
    """

    reference: float
    current: float
    low: float
    high: float
    distance: float


@dataclass(frozen=True)
class OutputShift:
    """The differences between the outputs on traffic and on validation.

    Attributes:
        findings: the tests.
        predictions: the number of predictions in the traffic.
        effective: the number of independent predictions that would tell as much about the class shares.
        classes: the classes, in the model's order.
        confidence: the probability of the predicted class.
    """

    findings: tuple[Finding, ...]
    predictions: int
    effective: float
    classes: tuple[ClassChange, ...]
    confidence: ConfidenceChange


def output_findings(reference: Reference, traffic: Traffic) -> OutputShift:
    """Compare the outputs of the traffic with those of validation.

    Predictions of one caller, and of one repeated text, count as dependent.

    Args:
        reference: the champion's reference.
        traffic: at least two predictions.
    """
    first = reference.validation_probabilities.astype(np.float64)
    second = traffic.probabilities.astype(np.float64)
    groupings = [caller_groups(traffic.callers), repeated_groups(traffic)]
    inflated = inflation(second, groupings)
    p = with_few_groups(mean_probabilities_p(first, second, inflated), fewest_effective(groupings))
    classes = _classes(reference.label_names, first, second, groupings)
    confidence, confidence_p = _confidence(first.max(axis=1), second.max(axis=1), groupings)
    moved = max(classes, key=lambda one: abs(one.current - one.reference))
    findings = (
        Finding(
            Kind.OUTPUTS,
            CLASS_SHARES,
            p,
            moved.current - moved.reference,
            f'The mean probability of "{moved.name}" is {share(moved.current)} in the traffic and '
            f"{share(moved.reference)} in validation, the largest difference of a class.",
            CLASS_SHARES_WEIGHT,
        ),
        Finding(
            Kind.OUTPUTS,
            "confidence",
            confidence_p,
            confidence.distance,
            f"The mean probability of the predicted class is {share(confidence.current)} in the traffic and "
            f"{share(confidence.reference)} in validation.",
            CONFIDENCE_WEIGHT,
        ),
    )
    spread = second.var(axis=0)
    effective = len(second) / (np.average(inflated, weights=spread) if spread.any() else inflated.max())
    return OutputShift(findings, len(second), float(effective), classes, confidence)


def mean_probabilities_p(reference: np.ndarray, current: np.ndarray, inflated: np.ndarray) -> float:
    """Test whether two samples of probabilities have the same mean.

    The statistic is the chi-squared statistic of the summed probabilities; its distribution is that of Rao and Scott
    (1984), "On chi-squared tests for multiway contingency tables with cell proportions estimated from survey data".
    Classes with fewer than FEWEST_EXPECTED texts in the traffic are scaled as if they had as many.

    Args:
        reference: float (v, k).
        current: float (n, k).
        inflated: float (k,), the design effect of each class's mean in `current`.
    """
    shares = (reference.sum(axis=0) + current.sum(axis=0)) / (len(reference) + len(current))
    scale = 1 / np.sqrt(np.maximum(shares, FEWEST_EXPECTED * inflated / len(current)))
    difference = (current.mean(axis=0) - reference.mean(axis=0)) * scale
    within = _pooled_covariance(reference * scale, current * scale)
    stretch = np.sqrt(inflated)
    return squared_length_p(difference, within / len(reference) + within * np.outer(stretch, stretch) / len(current))


def _pooled_covariance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    degrees = len(first) - 1, len(second) - 1
    return (np.cov(first.T) * degrees[0] + np.cov(second.T) * degrees[1]) / sum(degrees)


def _classes(
    names: tuple[str, ...], first: np.ndarray, second: np.ndarray, groupings: list[np.ndarray]
) -> tuple[ClassChange, ...]:
    from statsmodels.stats.proportion import proportion_confint

    predicted = [np.bincount(part.argmax(axis=1), minlength=len(names)) / len(part) for part in (first, second)]
    size = len(second) / inflation(np.eye(len(names))[second.argmax(axis=1)], groupings)
    low, high = proportion_confint(predicted[1] * size, size, alpha=1 - CONFIDENCE, method="wilson")
    columns = first.mean(axis=0), second.mean(axis=0), *predicted, low, high
    return tuple(ClassChange(name, *map(float, values)) for name, *values in zip(names, *columns, strict=True))


def _confidence(first: np.ndarray, second: np.ndarray, groupings: list[np.ndarray]) -> tuple[ConfidenceChange, float]:
    from scipy.stats import norm

    inflated = float(inflation(second[:, None], groupings)[0])
    # The reference and the traffic keep probabilities with different precision, which the test must not see.
    distance, p = distributions_p(first.round(DECIMALS), second.round(DECIMALS), inflated)
    margin = norm.isf((1 - CONFIDENCE) / 2) * second.std() * np.sqrt(inflated / len(second))
    mean = float(second.mean())
    change = ConfidenceChange(float(first.mean()), mean, mean - margin, min(1.0, mean + margin), distance)
    return change, with_few_groups(p, fewest_effective(groupings))
