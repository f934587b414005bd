from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from textlab.evaluation.classification.predictions import predictions_frame

Predict = Callable[..., pd.DataFrame]
NAMES = ("anger", "joy", "optimism", "sadness")


@pytest.fixture
def predict() -> Predict:
    """Make a predictions frame from labels (int) and probabilities; a test may pass texts and tags."""

    def make(
        labels: Sequence[int],
        probabilities: Sequence[Sequence[float]] | np.ndarray,
        names: Sequence[str] = ("negative", "positive"),
        **columns: Sequence[str],
    ) -> pd.DataFrame:
        texts = [f"text {row}" for row in range(len(labels))]
        ids = [f"t{row}" for row in range(len(labels))]
        examples = pd.DataFrame({"id": ids, "text": texts, "label": labels} | columns)
        return predictions_frame(examples, np.asarray(probabilities), names)

    return make


@pytest.fixture
def random_predictions(predict: Predict) -> Predict:
    """Make predictions of a model of some skill on 400 texts: usually right, never certain."""

    def make(class_count: int, skill: float = 1.5, seed: int = 0) -> pd.DataFrame:
        labels = np.random.default_rng(0).integers(class_count, size=400)
        scores = np.random.default_rng(seed).normal(size=(400, class_count))
        scores[np.arange(400), labels] += skill
        exponents = np.exp(scores)
        return predict(labels, exponents / exponents.sum(axis=1, keepdims=True), NAMES[:class_count])

    return make
