"""Proof that an exported model's explanations are those of the trained model's scores."""

import numpy as np
import pandas as pd

from textlab.bundle_format.signature import LOG_ODDS
from textlab.models.classifier import Classifier
from textlab.models.saved_model import SavedModel

EXAMPLES = 4  # an explanation takes as long as dozens of answers
LEAST = 0.01  # the logarithm of a smaller probability shows every rounding
TOLERANCE = 1e-2  # largest error of a score; int8 rounds the answers, but not what is explained


def measure_explanations(model: Classifier, served: SavedModel, examples: pd.DataFrame) -> float:
    """Return the largest part of the score that the words do not explain, as a share of all contributions.

    Args:
        model: the trained model.
        served: its export, with the signature `explain`.
        examples: a few examples with the column `text`.

    Raises:
        ValueError: a number is not finite, a word lies outside of its text, or a score is not the trained model's.
    """
    texts = examples["text"].tolist()
    raw = model.calibration.undo(model.answers(examples)).astype(float)
    targets = raw.argmax(axis=1)
    found = served.explain(texts, targets)
    if not all(np.isfinite(each).all() for each in found.values()):
        raise ValueError(_wrong(model, "are not finite"))
    lengths = np.array([len(text.encode("utf-8", "surrogatepass")) for text in texts])
    if (found["ends"] > lengths[:, None]).any():
        raise ValueError(_wrong(model, "lie outside of the text"))
    expected = scores_of(raw, targets, model)
    safe = (raw >= LEAST).all(axis=1) & (raw <= 1 - LEAST).all(axis=1)
    tolerance = max(TOLERANCE, model.parity_tolerance / LEAST)
    if (np.abs(found["score"] - expected)[safe] > tolerance).any():
        raise ValueError(_wrong(model, "explain another score than the trained model's"))
    sums = found["contributions"].sum(axis=1)
    rest = np.abs(found["score"] - found["base"] - sums)
    return float((rest / np.maximum(np.abs(found["contributions"]).sum(axis=1), LEAST)).max(initial=0))


def scores_of(probabilities: np.ndarray, targets: np.ndarray, model: Classifier) -> np.ndarray:
    """Return the scores that are explained, float64 (n,), of uncalibrated probabilities, float64 (n, k)."""
    rows, classes = np.arange(len(targets)), probabilities.shape[1]
    chosen = probabilities[rows, targets]
    if model.signature().explains != LOG_ODDS:
        return chosen
    with np.errstate(divide="ignore", invalid="ignore"):
        if model.has_independent_labels:
            return np.log(chosen) - np.log1p(-chosen)
        logarithms = np.log(probabilities)
        return (classes * logarithms[rows, targets] - logarithms.sum(axis=1)) / (classes - 1)


def _wrong(model: Classifier, what: str) -> str:
    return f"The explanations of the exported {type(model).__name__} {what}. Correct the family's signature 'explain'."
