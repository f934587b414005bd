"""A combination of the probabilities of several classifiers, weighted on validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.classification.temperature import fit_temperature
from textlab.models.pooling_weights import FEWEST, answers_out_of_part, fitted_weights, pooled
from textlab.models.validation import validation_measures

FLOOR = 1e-4  # smaller probabilities count as this: no classifier can rule out a class alone


@dataclass(frozen=True)
class Combination:
    """A product of powers of probabilities.

    Genest and Zidek (1986), "Combining probability distributions": the logarithmic opinion pool.

    Attributes:
        temperatures: for each classifier, the temperature that calibrates it when it decides alone.
        weights: for each classifier, the power of its calibrated probabilities if all inputs are present.
        log_shares: the logarithm of each class's share in training, for an example without any input.
    """

    temperatures: Mapping[str, float]
    weights: Mapping[str, float]
    log_shares: Sequence[float]

    def logits(self, probabilities: Mapping[str, np.ndarray], present: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return logits, float (n, k).

        Args:
            probabilities: those of each classifier, float (n, k).
            present: for each classifier which examples have all its inputs, bool (n,). In the others it has no say.
        """
        complete = np.logical_and.reduce(list(present.values()))
        logits = np.where(np.logical_or.reduce(list(present.values()))[:, None], 0.0, np.array(self.log_shares)[None])
        for name, each in probabilities.items():
            power = np.where(complete, self.weights[name], present[name].astype(float)) / self.temperatures[name]
            logits = logits + power[:, None] * _logarithm(each)
        return logits

    def in_graph(self, probabilities: Mapping[str, Any], present: Mapping[str, Any]) -> Any:
        """Return the logits as a tensor, float32 (n, k); see `logits`."""
        import tensorflow as tf

        flags = list(present.values())
        complete, any_input = tf.reduce_all(flags, axis=0), tf.reduce_any(flags, axis=0)
        logits = tf.where(any_input[:, None], 0.0, tf.constant(self.log_shares, tf.float32)[None])
        for name, each in probabilities.items():
            power = tf.where(complete, self.weights[name], tf.cast(present[name], tf.float32)) / self.temperatures[name]
            logits += power[:, None] * tf.math.log(tf.maximum(each, FLOOR))
        return logits


def fit_combination(
    validation: pd.DataFrame,
    probabilities: Mapping[str, np.ndarray],
    present: Mapping[str, np.ndarray],
    log_shares: Sequence[float],
    metric: str,
) -> tuple[Combination, pd.DataFrame]:
    """Fit temperatures and weights on validation.

    The fitted weights compete with each classifier alone and with equal weights. The lowest loss on validation wins,
    and theirs is measured on parts of validation to which they were not fitted.

    Args:
        validation: n rows with `id` and `label`.
        probabilities: those of each classifier, float32 (n, k).
        present: for each classifier which examples have all its inputs, bool (n,).
        log_shares: the logarithms of the classes' shares in training.
        metric: a metric for the history.

    Returns:
        The combination; and a row for each choice, with `setting` and its measures on validation.
    """
    temperatures = {
        name: _temperature(validation[present[name]], each[present[name]]) for name, each in probabilities.items()
    }
    complete = np.logical_and.reduce(list(present.values()))
    labels = validation["label"].to_numpy()[complete]
    logs = {name: _logarithm(each[complete]) / temperatures[name] for name, each in probabilities.items()}
    choices = {f"{name} alone": {other: float(other == name) for other in logs} for name in logs}
    choices["equal weights"] = dict.fromkeys(logs, 1.0)
    answers = {title: pooled(logs, weights) for title, weights in choices.items()}
    if len(labels) >= FEWEST:
        choices["fitted weights"] = fitted_weights(logs, labels, choices["equal weights"])
        answers["fitted weights"] = answers_out_of_part(logs, labels, choices["equal weights"])
    frame = validation[complete]
    if frame.empty:  # nothing to choose on
        return Combination(temperatures, choices["equal weights"], log_shares), pd.DataFrame()
    measures = {title: validation_measures(frame, each, metric) for title, each in answers.items()}
    best = min(measures, key=lambda title: measures[title]["validation_loss"])
    history = pd.DataFrame([{"setting": title} | row for title, row in measures.items()])
    return Combination(temperatures, choices[best], log_shares), history


def _logarithm(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities.astype(np.float64), FLOOR))


def _temperature(validation: pd.DataFrame, probabilities: np.ndarray) -> float:
    """Return the temperature that calibrates a classifier; 1 without examples."""
    if validation.empty:
        return 1.0
    names = [str(label) for label in range(probabilities.shape[1])]
    return fit_temperature(predictions_frame(validation, probabilities, names, ()))
