"""The probability from which each label is predicted, chosen on validation.

F1 is highest at a threshold that is usually below 0.5, and for rare labels far below: Lipton, Elkan and Naryanaswamy
(2014), "Optimal thresholding of classifiers to maximize F1 measure". A threshold that few positives choose fits their
noise, so a rare label shares the threshold that is best for all labels together.
"""

import numpy as np
import pandas as pd

from textlab.evaluation.multilabel.predictions import label_names_of, probabilities_of, truth_of

FEWEST_POSITIVES = 10  # validation examples with the label; with fewer, the label gets the shared threshold
LOWEST, HIGHEST = 0.01, 0.99  # no threshold predicts a label for every text, or for none


def choose_thresholds(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Choose the threshold of each label that maximises its F1.

    A label that fewer than `FEWEST_POSITIVES` examples have gets the one threshold that maximises the F1 of all labels
    counted together. Each threshold lies in the middle between two probabilities that occur.

    Args:
        truth: bool (n, k), which labels the validation examples have.
        probabilities: float (n, k), rounded to float32 first, as a model's answers are.

    Returns:
        float64 (k,), from `LOWEST` to `HIGHEST`.
    """
    probabilities = np.asarray(probabilities).astype(np.float32).astype(np.float64)
    shared = _best(truth.ravel(), probabilities.ravel())
    columns = zip(truth.T, probabilities.T, strict=True)
    best = [shared if has.sum() < FEWEST_POSITIVES else _best(has, values) for has, values in columns]
    return np.clip(np.array(best, dtype=np.float64), LOWEST, HIGHEST)


def _best(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the threshold with the highest F1, the highest of equals; 0.5 without a positive example."""
    if not truth.any():
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    values, right = probabilities[order], np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # equal probabilities are predicted together
    f1 = 2 * right[last] / (last + 1 + truth.sum())
    best = int(f1.argmax())
    if last[best] == len(values) - 1:
        return float(values[-1]) / 2
    return float(values[last[best]] + values[last[best] + 1]) / 2


def thresholds_of(validation: pd.DataFrame) -> dict[str, float]:
    """Return the threshold of each label, by name, that a model's predictions on validation were made with."""
    chosen = choose_thresholds(truth_of(validation), probabilities_of(validation))
    return dict(zip(label_names_of(validation), map(float, chosen), strict=True))
