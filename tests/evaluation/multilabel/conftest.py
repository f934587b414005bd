import numpy as np
import pandas as pd
import pytest
from tiny_data import tiny_multilabel_dataset

from textlab.data.multilabel_dataset import MultilabelDataset, indicator
from textlab.evaluation.multilabel.predictions import predictions_frame


@pytest.fixture(scope="session")
def labelled() -> MultilabelDataset:
    return tiny_multilabel_dataset()


@pytest.fixture(scope="session")
def noisy_predictions(labelled):
    """Make predictions on test that are the more often wrong, the higher `noise` is."""

    def predicted(noise: float, seed: int = 0) -> pd.DataFrame:
        drawn = np.random.default_rng(seed).normal(0, noise, (len(labelled.test), 3))
        probabilities = 1 / (1 + np.exp(1 - 2 * indicator(labelled.test["labels"], 3) - drawn))
        return predictions_frame(labelled.test, probabilities, labelled.label_names)

    return predicted
