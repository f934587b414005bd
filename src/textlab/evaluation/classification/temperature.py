"""Temperature scaling: probabilities calibrated by one number.

Guo et al. (2017), "On calibration of modern neural networks", section 4.2: the logits are divided by a temperature,
which is fitted on validation. Predicted classes do not change, because the order of the logits stays the same.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from textlab.evaluation.classification.calibration import brier_score, expected_calibration_error
from textlab.evaluation.classification.decisions import check_finite
from textlab.evaluation.classification.predictions import (
    PREFIX,
    class_indices,
    confidence_of,
    label_names_of,
    probabilities_of,
)

COLDEST, HOTTEST = 0.05, 20.0
SMALLEST = float(np.finfo(np.float32).tiny)  # replaces a probability that was rounded to 0


def fit_temperature(validation: pd.DataFrame) -> float:
    """Fit the temperature that maximises the likelihood of the validation labels, between 0.05 and 20.

    Above 1 the model is overconfident, below 1 underconfident. If every prediction is right, or none is, no temperature
    is best and the result is one of the bounds.

    Raises:
        ValueError: a probability is NaN or infinite.
    """
    from scipy.optimize import minimize_scalar

    check_finite("validation", validation)
    logits, labels = _logits(validation), class_indices(validation, "label")
    ends = np.log([COLDEST, HOTTEST])
    found = minimize_scalar(lambda log: _log_loss(logits / np.exp(log), labels), bounds=ends, method="bounded")
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
    return np.log(np.maximum(probabilities_of(predictions).astype(np.float64), SMALLEST))


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
