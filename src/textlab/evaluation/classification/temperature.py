"""Probabilities made honest by one number: temperature scaling.

Guo et al. (2017), "On calibration of modern neural networks", section 4.2: the logits are divided by a temperature
that is fitted on validation. No decision changes, since the order of the classes stays.
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
SMALLEST = float(np.finfo(np.float32).tiny)  # stands for a probability that has been rounded to 0


def fit_temperature(validation: pd.DataFrame) -> float:
    """The temperature at which the validation texts' true classes are likeliest, between 0.05 and 20.

    Above 1 the model was too sure, below 1 not sure enough. Where every text or none is right, no temperature is
    best and the answer is one of the ends.

    Raises:
        ValueError: a probability is NaN or infinite.
    """
    from scipy.optimize import minimize_scalar

    check_finite("validation", validation)
    logits, labels = _logits(validation), class_indices(validation, "label")
    ends = np.log([COLDEST, HOTTEST])
    found = minimize_scalar(lambda log: _surprise(logits / np.exp(log), labels), bounds=ends, method="bounded")
    return float(np.exp(found.x))


def at_temperature(predictions: pd.DataFrame, temperature: float) -> pd.DataFrame:
    """The same predictions with their logits, which are log p up to a constant, divided by the temperature."""
    from scipy.special import softmax

    scaled = softmax(_logits(predictions) / temperature, axis=1).astype(np.float32)
    columns = {f"{PREFIX}{name}": scaled[:, place] for place, name in enumerate(label_names_of(predictions))}
    return predictions.assign(**columns)


def calibration_table(validation: Mapping[str, pd.DataFrame], test: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How well each model's probabilities hold on test, before and after scaling with validation's temperature.

    Args:
        validation, test: for each model's name its predictions there; both have the same models.

    Returns:
        A row a model (the index): temperature, and each of ece, brier and log_loss (the mean of -log p of the true
        class, in nats) as <measure>_before and <measure>_after.

    Raises:
        ValueError: a model is missing in one of the two, or a probability is NaN or infinite.
    """
    if set(validation) != set(test):
        alone = sorted(set(validation) ^ set(test))
        raise ValueError(f"Each model needs predictions on validation and on test; these have only one: {alone}.")
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


def _surprise(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative log-likelihood of the true classes, in nats."""
    from scipy.special import log_softmax

    return float(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())


def _measures(predictions: pd.DataFrame) -> dict[str, float]:
    labels, predicted = class_indices(predictions, "label"), class_indices(predictions, "predicted")
    return {
        "ece": expected_calibration_error(confidence_of(predictions), labels == predicted),
        "brier": brier_score(probabilities_of(predictions), labels),
        "log_loss": _surprise(_logits(predictions), labels),
    }
