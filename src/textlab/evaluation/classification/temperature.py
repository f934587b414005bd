"""Temperature scaling: probabilities calibrated by one number.

Guo et al. (2017), "On calibration of modern neural networks", section 4.2: the logits are divided by a temperature,
which is fitted on validation. Predicted classes do not change, because the order of the logits stays the same.
"""

import numpy as np
import pandas as pd

from textlab.evaluation.classification.calibration import logits_of
from textlab.evaluation.classification.decisions import check_finite
from textlab.evaluation.classification.predictions import class_indices, probabilities_of

COLDEST, HOTTEST = 0.05, 20.0


def fit_temperature(validation: pd.DataFrame) -> float:
    """Fit the temperature that maximises the likelihood of the validation labels, between 0.05 and 20.

    Above 1 the model is overconfident, below 1 underconfident.

    Raises:
        ValueError: a probability is NaN or infinite.
    """
    check_finite("validation", validation)
    return most_likely_temperature(logits_of(probabilities_of(validation)), class_indices(validation, "label"))


def most_likely_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Fit the temperature to logits, float (v, k), and labels, int (v,), see `fit_temperature`.

    The labels are smoothed by one example in all, whose class is unknown. If every prediction is right, the result is
    therefore no claim to certainty: Platt (1999), "Probabilistic outputs for support vector machines", section 2.2.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    examples = len(labels)
    true, mean = logits[np.arange(examples), labels].sum(), logits.mean(axis=1).sum()
    target = (true * (examples + 1) + mean) / (examples + 2)  # the sum of the smoothed labels' logits

    def loss(log: float) -> float:
        temperature = np.exp(log)
        return float(logsumexp(logits / temperature, axis=1).sum() - target / temperature) / examples

    found = minimize_scalar(loss, bounds=np.log([COLDEST, HOTTEST]), method="bounded")
    return float(np.exp(found.x))
