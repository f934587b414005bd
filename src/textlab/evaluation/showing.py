"""Predictions and scores of a fitted model for its notebook, whether its examples have one label or several."""

from collections.abc import Mapping

import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.labelled_dataset import LabelledDataset
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.evaluation.classification import metrics as of_classes
from textlab.evaluation.classification import predictions as classification
from textlab.evaluation.multilabel import predicting
from textlab.evaluation.multilabel.label_scores import worst_examples
from textlab.evaluation.multilabel.metrics import DECISIVE_METRICS, overall_metrics
from textlab.evaluation.multilabel.predictions import has_several_labels, in_words

SHOWN = (*DECISIVE_METRICS, "macro_precision", "macro_recall", "average_precision")


def predict_splits(model: classification.Predictor, dataset: LabelledDataset) -> dict[str, pd.DataFrame]:
    """Make the predictions frames of a fitted model on validation and test.

    Several labels get thresholds that are chosen on validation.
    """
    if isinstance(dataset, MultilabelDataset):
        return predicting.predict_splits(model, dataset)
    return classification.predict_splits(model, _classes(dataset))


def prior_predictions(dataset: LabelledDataset) -> dict[str, pd.DataFrame]:
    """Predict the training split's share of each label for every example: a baseline that reads no input."""
    if isinstance(dataset, MultilabelDataset):
        return predicting.prior_predictions(dataset)
    return classification.prior_predictions(_classes(dataset))


def _classes(dataset: LabelledDataset) -> Dataset:
    if not isinstance(dataset, Dataset):
        raise ValueError(
            f"Dataset '{dataset.name}' is for {dataset.task}, which has no predictions here. Choose another."
        )
    return dataset


def score_table(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tabulate the main metrics: one row per model (or split), named by the mapping."""
    if not all(map(has_several_labels, predictions.values())):
        return of_classes.score_table(predictions)
    rows = {name: overall_metrics(frame) for name, frame in predictions.items()}
    return pd.DataFrame({row: {name: scores[name] for name in SHOWN} for row, scores in rows.items()}).T


def mistakes(predictions: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """List the most confident mistakes, for people to read; with the columns `label` and `predicted` in words.

    See `most_confident_mistakes`, and for several labels `worst_examples`.
    """
    if has_several_labels(predictions):
        return worst_examples(predictions, count).rename(columns={"labels": "label"})
    return classification.most_confident_mistakes(predictions, count)


def answered(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions with the columns `label` and `predicted` in words, for people to read."""
    if not has_several_labels(predictions):
        return predictions
    return predictions.join(in_words(predictions).rename(columns={"labels": "label"}))
