"""Floors: scores that a model must exceed, because they come from answers that ignore the example."""

import hashlib
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd

from textlab.evaluation.choice.floors import FloorTest
from textlab.evaluation.multilabel.comparison import compare_label_models
from textlab.evaluation.multilabel.predictions import PREDICTED, PROBABILITY, label_names_of, truth_of

NONE = "no label"
EVERY = "every label"
SHARES = "label shares"
FLOORS = (NONE, EVERY, SHARES)


class LabelFloorTest(FloorTest):
    """A model of several labels beside answers that ignore the text."""

    ignoring: ClassVar[str] = "answers that ignore the text"


def floor_test(model: str, predictions: pd.DataFrame, shares: Mapping[str, float], metric: str) -> LabelFloorTest:
    """Compare a model with the floors on one split.

    Args:
        model: the model's name.
        predictions: the model's predictions.
        shares: each label's share of the training texts.
        metric: the compared metric, see `metrics.score_from_totals`.
    """
    frames = {model: predictions} | floor_predictions(predictions, shares)
    return LabelFloorTest(model, compare_label_models(frames, metric, model), FLOORS)


def floor_predictions(predictions: pd.DataFrame, shares: Mapping[str, float]) -> dict[str, pd.DataFrame]:
    """Predict the labels of examples without reading them.

    `NONE` and `EVERY` predict no label and every label: the first scores high if labels are rare and each decision
    counts, the second if F1 counts. `SHARES` draws each label with its training share: the examples with and without
    the label, in the order of a hash of their ids, get it in this share. So the score is that of an average draw.

    Args:
        predictions: a model's predictions, whose examples and labels are taken.
        shares: each label's share of the training texts; a missing label has none.
    """
    names, truth = label_names_of(predictions), truth_of(predictions)
    ids = predictions["id"].astype(str).to_list()
    drawn = [_uniform(ids, name, truth[:, place]) < shares.get(name, 0.0) for place, name in enumerate(names)]
    given = {NONE: np.zeros_like(truth), EVERY: np.ones_like(truth), SHARES: np.stack(drawn, axis=1)}
    return {floor: _predicting(predictions, names, has) for floor, has in given.items()}


def _predicting(predictions: pd.DataFrame, names: list[str], has: np.ndarray) -> pd.DataFrame:
    columns = {f"{PROBABILITY}{name}": has[:, place].astype(np.float32) for place, name in enumerate(names)}
    return predictions.assign(**columns, **{f"{PREDICTED}{name}": has[:, place] for place, name in enumerate(names)})


def _uniform(ids: list[str], label: str, has: np.ndarray) -> np.ndarray:
    """Spread numbers evenly between 0 and 1 over the examples with and without a label, in the order of a hash."""
    hashes = pd.Series([hashlib.sha256(f"{label}\x00{text_id}".encode()).hexdigest() for text_id in ids])
    halves = hashes.groupby(has)
    return (halves.rank(method="first").to_numpy(float) - 0.5) / halves.transform("size").to_numpy(float)
