"""Make the predictions of a fitted model, with thresholds chosen on validation."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from textlab.data.multilabel_dataset import MultilabelDataset, indicator
from textlab.evaluation.multilabel.predictions import predictions_frame
from textlab.evaluation.multilabel.thresholds import choose_thresholds


class Predictor(Protocol):
    """A fitted model: `textlab.models.classifier.Classifier` is one."""

    def predict_proba(self, examples: pd.DataFrame, /) -> np.ndarray:
        """Return the probability of each label, (n, k), of n examples with the model's input columns."""


def predict_splits(model: Predictor, dataset: MultilabelDataset) -> dict[str, pd.DataFrame]:
    """Make the predictions frames of a fitted model on a dataset's validation and test splits.

    The thresholds of the labels are chosen on validation, see `thresholds.choose_thresholds`.
    """
    splits = {split: frame for split, frame in dataset.splits() if split != "train"}
    return _with_thresholds({split: model.predict_proba(frame) for split, frame in splits.items()}, dataset)


def prior_predictions(dataset: MultilabelDataset) -> dict[str, pd.DataFrame]:
    """Predict the training split's share of each label for every example: a baseline that reads no input."""
    shares = np.array(dataset.label_counts(dataset.train)) / len(dataset.train)
    splits = {split: np.tile(shares, (len(frame), 1)) for split, frame in dataset.splits() if split != "train"}
    return _with_thresholds(splits, dataset)


def _with_thresholds(probabilities: Mapping[str, np.ndarray], dataset: MultilabelDataset) -> dict[str, pd.DataFrame]:
    names, frames = dataset.label_names, dict(dataset.splits())
    thresholds = choose_thresholds(indicator(dataset.validation["labels"], len(names)), probabilities["validation"])
    return {
        split: predictions_frame(frames[split], values, names, dataset.inputs, thresholds)
        for split, values in probabilities.items()
    }
