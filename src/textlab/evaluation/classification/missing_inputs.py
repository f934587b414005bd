"""The answers of a model without one of its inputs."""

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.evaluation.classification.predictions import Predictor, predictions_frame


def predictions_without(model: Predictor, dataset: Dataset, name: str) -> pd.DataFrame:
    """Make the predictions frame of a fitted model on the test split, in which one input is missing everywhere.

    Args:
        model: a model that reads several inputs of the dataset.
        dataset: the data.
        name: the input.
    """
    blank = dataset.test.assign(**{name: ""})
    return predictions_frame(blank, model.predict_proba(blank), dataset.label_names, dataset.inputs)
