"""Temperature scaling: probabilities calibrated by one number.

Guo et al. (2017), "On calibration of modern neural networks", section 4.2: the logits are divided by a temperature,
which is fitted on validation. Predicted classes do not change, because the order of the logits stays the same.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from textlab.evaluation.classification.calibration import brier_score, expected_calibration_error, logits_of
from textlab.evaluation.classification.decisions import check_finite
from textlab.evaluation.classification.predictions import (
    PREFIX,
    class_indices,
    confidence_of,
    label_names_of,
    probabilities_of,
)

COLDEST, HOTTEST = 0.05, 20.0


def fit_temperature(validation: pd.DataFrame) -> float:
    """Fit the temperature that maximises the likelihood of the validation labels, between 0.05 and 20.

    Above 1 the model is overconfident, below 1 underconfident.

    Raises:
        ValueError: a probability is NaN or infinite.
    """
    check_finite("validation", validation)
    return most_likely_temperature(_logits(validation), class_indices(validation, "label"))


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


def at_temperature(predictions: pd.DataFrame, temperature: float) -> pd.DataFrame:
    """Return the predictions with their logits divided by the temperature. Logits are log p up to a constant."""
    from scipy.special import softmax

    scaled = softmax(_logits(predictions) / temperature, axis=1).astype(np.float32)
    columns = {f"{PREFIX}{name}": scaled[:, place] for place, name in enumerate(label_names_of(predictions))}
    return predictions.assign(**columns)


def calibration_table(validation: Mapping[str, pd.DataFrame], test: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Measure each model's calibration on test before and after scaling by the temperature fitted on validation.

    Args:
        validation, test: for each model, its predictions on the split; both have the same models.

    Returns:
        One row per model (the index): temperature, and ece, brier and log_loss (the mean of -log p of the true class,
        in nats), each as <measure>_before and <measure>_after.

    Raises:
        ValueError: a model lacks one of the two, or a probability is NaN or infinite.
    """
    if set(validation) != set(test):
        alone = sorted(set(validation) ^ set(test))
        raise ValueError(f"{alone} have predictions on one split only. Pass validation and test for each model.")
    rows = {}
    for model, frame in test.items():
        check_finite(model, validation[model])
        check_finite(model, frame)
        temperature = fit_temperature(validation[model])
        before, after = _measures(frame), _measures(at_temperature(frame, temperature))
        rows[model] = {"temperature": temperature}
        for name in before:
            rows[model] |= {f"{name}_before": before[name], f"{name}_after": after[name]}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")


def _logits(predictions: pd.DataFrame) -> np.ndarray:
    return logits_of(probabilities_of(predictions))


def _log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Compute the mean negative log-likelihood of the true classes, in nats."""
    from scipy.special import log_softmax

    return float(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())


def _measures(predictions: pd.DataFrame) -> dict[str, float]:
    labels, predicted = class_indices(predictions, "label"), class_indices(predictions, "predicted")
    return {
        "ece": expected_calibration_error(confidence_of(predictions), labels == predicted),
        "brier": brier_score(probabilities_of(predictions), labels),
        "log_loss": _log_loss(_logits(predictions), labels),
    }
