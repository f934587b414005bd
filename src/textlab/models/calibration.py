"""The calibration that a classifier learns on validation, and that its export applies.

Guo et al. (2017), "On calibration of modern neural networks", section 4.2: temperature scaling divides all logits by
one number; vector scaling has a slope and an offset for each class. Logits are taken as log p, so any family will do.

The choice follows the one-standard-error rule (Breiman et al. 1984, "Classification and regression trees"): of no
calibration, a temperature and a vector, each has to lower the log loss on validation by at least one standard error
against the simpler one. The losses are cross-fitted: each example is calibrated by parameters that were fitted to the
others. A temperature keeps every predicted class. A vector can change some, so it must not lower the accuracy or the
primary metric.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from textlab.evaluation.classification.calibration import SMALLEST, expected_calibration_error, logits_of
from textlab.evaluation.classification.temperature import most_likely_temperature
from textlab.evaluation.classification.vector_scaling import fit_vector_scaling
from textlab.models.validation import validation_score

NONE, TEMPERATURE, VECTOR = "none", "temperature", "vector"
PARTS = 5
FEWEST = 50  # with fewer validation examples, chance would choose
FEWEST_OF_A_CLASS, MOST_CLASSES = 20, 50  # a vector has two parameters for each class, and takes k squared numbers
MOST_EXAMPLES, MOST_PROBABILITIES = 10_000, 1_000_000  # more would only take time
STEPS = 60  # steps of Newton's method in `undo`; about ten are needed

Numbers = tuple[float, ...]
Fit = Callable[[np.ndarray, np.ndarray], tuple[Numbers, Numbers]]  # scale and offset, from logits and labels


@dataclass(frozen=True)
class Calibration:
    """Calibrated probabilities are softmax(scale * log p + offset).

    Attributes:
        method: "none", "temperature" or "vector".
        scale: one number for all classes (the inverse of the temperature), or one for each of k classes.
        offset: 0, or one number for each class.
        examples: the validation examples that it was fitted to; 0 if there were too few.
        ece_before, ece_after: the expected calibration error of these examples without calibration, and with a
            calibration that was fitted to others of them; None if there were too few.
    """

    method: str = NONE
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    examples: int = 0
    ece_before: float | None = None
    ece_after: float | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any] | None) -> Self:
        """Read what `document` returned. None, from a model of an earlier version, means no calibration."""
        found = dict(document or {})
        return cls(**found | {name: tuple(found[name]) for name in ("scale", "offset") if name in found})

    def document(self) -> dict[str, Any]:
        """Return the calibration for a JSON file."""
        return asdict(self)

    @property
    def temperature(self) -> float | None:
        """The temperature, 1 without calibration; None for a vector."""
        return None if self.method == VECTOR else 1 / self.scale[0]

    def in_words(self) -> str:
        """Return a sentence for people who promote the model."""
        if self.ece_before is None or self.ece_after is None:
            return "Its probabilities are not calibrated."
        if self.method == NONE:
            return (
                "Validation shows no need to calibrate its probabilities: their expected calibration error there is "
                f"{self.ece_before:.3f}."
            )
        by = "a vector" if self.temperature is None else f"a temperature of {self.temperature:.2f}"
        change = f"from {self.ece_before:.3f} to {self.ece_after:.3f}"
        return f"A calibration by {by} changes its expected calibration error on validation {change}."

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the calibrated probabilities, in the shape (n, k) of the uncalibrated ones."""
        from scipy.special import softmax

        if self.method == NONE:
            return probabilities
        return softmax(logits_of(probabilities) * self.scale + self.offset, axis=1)

    def undo(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the uncalibrated probabilities, float64 (n, k), from calibrated ones.

        log p = (log q - offset + c) / scale, where the constant c of a row makes its probabilities sum to one. Where
        scales differ, Newton's method finds it.
        """
        from scipy.special import logsumexp, softmax

        if self.method == NONE:
            return probabilities.astype(np.float64)
        scale, logits = np.array(self.scale), logits_of(probabilities) - self.offset
        constant = -logits.max(axis=1, keepdims=True)
        for _ in range(STEPS):
            found = (logits + constant) / scale
            total = logsumexp(found, axis=1, keepdims=True)
            constant -= total / (softmax(found, axis=1) / scale).sum(axis=1, keepdims=True)
            if np.abs(total).max(initial=0) < 1e-12:
                break
        return softmax((logits + constant) / scale, axis=1)

    def in_graph(self, probabilities: Any) -> Any:
        """Return the calibrated probabilities as a tensor, float32 (n, k); it computes as `apply` does, in float64."""
        import tensorflow as tf

        if self.method == NONE:
            return tf.cast(probabilities, tf.float32)
        logits = tf.math.log(tf.maximum(tf.cast(probabilities, tf.float64), SMALLEST))
        scaled = logits * tf.constant(self.scale, tf.float64) + tf.constant(self.offset, tf.float64)
        return tf.cast(tf.nn.softmax(scaled), tf.float32)


def calibration_rows(examples: int, classes: int) -> np.ndarray:
    """Return the validation examples that a calibration is fitted to, int (v,): all of them, or an even selection.

    Args:
        examples: the size of validation. There are no rows if it is too small.
        classes: k.
    """
    if examples < FEWEST:
        return np.arange(0)
    most = min(examples, MOST_EXAMPLES, max(10 * FEWEST, MOST_PROBABILITIES // classes))
    return np.linspace(0, examples - 1, most).astype(int)


def fit_calibration(validation: pd.DataFrame, probabilities: np.ndarray, metric: str) -> Calibration:
    """Choose and fit a calibration.

    Args:
        validation: v rows with `id` and `label`, see `calibration_rows`.
        probabilities: uncalibrated, float (v, k).
        metric: the primary metric, which a vector must not lower.
    """
    labels = validation["label"].to_numpy()
    fits: dict[str, Fit] = {NONE: _nothing, TEMPERATURE: _temperature}
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    if len(counts) <= MOST_CLASSES and counts.min() >= FEWEST_OF_A_CLASS:
        fits[VECTOR] = _vector
    logits, parts = logits_of(probabilities), np.random.default_rng(0).permutation(len(labels)) % PARTS
    answers = {method: _out_of_part(fit, logits, labels, parts) for method, fit in fits.items()}
    chosen = NONE
    if _is_better(answers[TEMPERATURE], answers[NONE], labels):
        chosen = TEMPERATURE
    if VECTOR in fits and _is_better(answers[VECTOR], answers[chosen], labels):
        vector = Calibration(VECTOR, *_vector(logits, labels))
        alternatives = (answers[VECTOR], vector.apply(probabilities))
        if min(vector.scale) > 0 and not any(
            _is_lower(validation, each, probabilities, name) for each in alternatives for name in ("accuracy", metric)
        ):
            chosen = VECTOR
    errors = [_error(answers[method], labels) for method in (NONE, chosen)]
    return Calibration(chosen, *fits[chosen](logits, labels), len(labels), *errors)


def _nothing(logits: np.ndarray, labels: np.ndarray) -> tuple[Numbers, Numbers]:
    return (1.0,), (0.0,)


def _temperature(logits: np.ndarray, labels: np.ndarray) -> tuple[Numbers, Numbers]:
    return (1 / most_likely_temperature(logits, labels),), (0.0,)


def _vector(logits: np.ndarray, labels: np.ndarray) -> tuple[Numbers, Numbers]:
    fitted = fit_vector_scaling(np.exp(logits), labels)
    return tuple(fitted.scale.tolist()), tuple(fitted.offset.tolist())


def _out_of_part(fit: Fit, logits: np.ndarray, labels: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return the calibrated probabilities of each part, float (v, k), with a calibration fitted to the other parts."""
    from scipy.special import softmax

    answers = np.empty_like(logits)
    for part in range(PARTS):
        inside = parts == part
        scale, offset = fit(logits[~inside], labels[~inside])
        answers[inside] = softmax(logits[inside] * scale + offset, axis=1)
    return answers


def _is_better(answers: np.ndarray, simpler: np.ndarray, labels: np.ndarray) -> bool:
    """Return whether the log loss is lower than that of a simpler calibration by more than one standard error."""
    rows = np.arange(len(labels))
    gains = np.log(answers[rows, labels]) - np.log(simpler[rows, labels])
    return bool(gains.mean() > gains.std(ddof=1) / np.sqrt(len(gains)))


def _is_lower(validation: pd.DataFrame, answers: np.ndarray, before: np.ndarray, metric: str) -> bool:
    return validation_score(validation, answers, metric) < validation_score(validation, before, metric)


def _error(answers: np.ndarray, labels: np.ndarray) -> float:
    return expected_calibration_error(answers.max(axis=1), answers.argmax(axis=1) == labels)
