"""Vector scaling: probabilities calibrated by a slope and an offset for each class.

Guo et al. (2017), "On calibration of modern neural networks", section 4.2: the logits are multiplied by a slope for
each class, an offset is added, and both are fitted on validation. One temperature cannot repair the class shares of a
model that was trained with class weights, and the correction for label shift needs them right: Alexandari et al.
(2020), "Maximum likelihood with bias-corrected calibration is hard-to-beat at label shift adaptation".
"""

from dataclasses import dataclass, replace

import numpy as np

from textlab.evaluation.classification.calibration import SMALLEST, logits_of

PENALTY = 1.0  # weight of the squared distance from no calibration; it keeps classes with few examples in place
STEPS = 50
CLOSE = 1e-8


@dataclass(frozen=True, eq=False)
class VectorScaling:
    """A calibration by vector scaling, with what its uncertainty needs.

    Attributes:
        parameters: float (2k,), the k slopes and then the k offsets.
        influence: float (v, 2k), by how much one more copy of each validation example changes the parameters.
    """

    parameters: np.ndarray
    influence: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """The slope of each class, float (k,)."""
        return self.parameters[: len(self.parameters) // 2]

    @property
    def offset(self) -> np.ndarray:
        """The offset of each class, float (k,)."""
        return self.parameters[len(self.parameters) // 2 :]

    def calibrate(self, logits: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities, float (n, k), from `logits_of` the served ones."""
        return _calibrated(logits, self.parameters)

    def resampled(self, counts: np.ndarray) -> "VectorScaling":
        """Return the calibration that a resample of the validation examples would give.

        One Newton step from the fitted parameters takes the place of a new fit: Shao and Tu (1995), "The jackknife and
        bootstrap", section 5.4.

        Args:
            counts: int (v,), how often the resample drew each validation example.
        """
        return replace(self, parameters=self.parameters + (counts - 1) @ self.influence)


def fit_vector_scaling(probabilities: np.ndarray, labels: np.ndarray) -> VectorScaling:
    """Fit the calibration that maximises the penalised likelihood of the validation labels, by Newton's method.

    Args:
        probabilities: float (v, k), as the model serves them.
        labels: int (v,).
    """
    logits, classes = logits_of(probabilities), probabilities.shape[1]
    parameters = np.concatenate([np.ones(classes), np.zeros(classes)])
    loss = _loss(logits, labels, parameters)
    for _ in range(STEPS):
        gradients, curvature = _derivatives(logits, labels, parameters)
        slope = gradients.sum(axis=0) + PENALTY * _distance(parameters)
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while (new := _loss(logits, labels, parameters - size * step)) > loss and size > CLOSE:
            size /= 2
        if loss - new <= CLOSE * len(labels):
            break
        parameters, loss = parameters - size * step, new
    gradients, curvature = _derivatives(logits, labels, parameters)
    return VectorScaling(parameters, -np.linalg.solve(curvature, gradients.T).T)


def _distance(parameters: np.ndarray) -> np.ndarray:
    """Return the distance from slopes of 1 and offsets of 0."""
    return parameters - np.repeat([1.0, 0.0], len(parameters) // 2)


def _calibrated(logits: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    from scipy.special import softmax

    slopes, offsets = np.split(parameters, 2)
    return softmax(slopes * logits + offsets, axis=1)


def _loss(logits: np.ndarray, labels: np.ndarray, parameters: np.ndarray) -> float:
    """Compute the negative log-likelihood of the labels, in nats, plus the penalty."""
    likely = _calibrated(logits, parameters)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(likely, SMALLEST)).sum() + PENALTY / 2 * (_distance(parameters) ** 2).sum())


def _derivatives(logits: np.ndarray, labels: np.ndarray, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each example's gradient of the loss without the penalty, (v, 2k), and the Hessian with it, (2k, 2k)."""
    calibrated = _calibrated(logits, parameters)
    residuals = calibrated.copy()
    residuals[np.arange(len(labels)), labels] -= 1
    gradients = np.hstack([residuals * logits, residuals])
    weighted = np.hstack([calibrated * logits, calibrated])
    classes = logits.shape[1]
    curvature = -weighted.T @ weighted + PENALTY * np.eye(2 * classes)
    for first, factor in ((0, logits), (classes, np.ones_like(logits))):
        for second, other in ((0, logits), (classes, np.ones_like(logits))):
            places = np.arange(classes)
            curvature[first + places, second + places] += (calibrated * factor * other).sum(axis=0)
    return gradients, curvature
