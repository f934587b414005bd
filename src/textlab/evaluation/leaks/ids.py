"""Ids that give labels away, which shows that the classes were collected separately."""

import re

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.evaluation.leaks.samples import sampled
from textlab.evaluation.leaks.shortcuts import SEPARATION, separation

MOST_TEXTS = 12_000
MOST_PATTERNS = 50  # more patterns of ids say nothing about a class
DENSE = 0.5  # ids that fill this share of their range count rows
_LINE = re.compile(r"line-\d+$")
_DIGITS = re.compile(r"\d+")


def check_ids(dataset: Dataset) -> tuple[Concern, ...]:
    """Check whether the pattern of an id, or its number, tells the class.

    Line numbers never alarm, because files are often sorted by class, and neither do ids that count rows. Ids of the
    source, with gaps, do: classes with ids of different ranges were collected at different times or places.
    """
    train = sampled(dataset.train, MOST_TEXTS)
    ids, labels = train["id"].astype(str), train["label"].to_numpy()
    if ids.str.match(_LINE).all():
        return ()
    patterns = ids.str.replace(_DIGITS, "0", regex=True)
    if 1 < patterns.nunique() <= MOST_PATTERNS and _recall_of(patterns.to_numpy(object), labels) >= SEPARATION:
        return (_pattern_concern(patterns, train["label"], dataset.label_names),)
    numbers = pd.to_numeric(ids.str.findall(_DIGITS).str[-1], errors="coerce")
    if numbers.isna().any() or separation(numbers.to_numpy(float), labels, len(dataset.label_names)) < SEPARATION:
        return ()
    return (_number_concern(_fill(dataset)),)


def _recall_of(patterns: np.ndarray, labels: np.ndarray) -> float:
    """Return the macro recall of answering each pattern's most frequent class."""
    table = pd.crosstab(patterns, labels)
    best = table.div(table.sum(axis=0), axis=1).to_numpy().argmax(axis=1)
    hits = [table.to_numpy()[best == column, column].sum() for column in range(table.shape[1])]
    return float(np.mean(np.array(hits) / table.sum(axis=0).to_numpy()))


def _fill(dataset: Dataset) -> float:
    """Return the number of ids divided by the range of their numbers."""
    ids = pd.concat([frame["id"].astype(str) for _, frame in dataset.splits()])
    numbers = pd.to_numeric(ids.str.findall(_DIGITS).str[-1], errors="coerce").dropna()
    return float(len(numbers) / (numbers.max() - numbers.min() + 1))


def _pattern_concern(patterns: pd.Series, labels: pd.Series, names: tuple[str, ...]) -> Concern:
    pattern = patterns[labels == labels.iloc[0]].mode().iloc[0]
    finding = (
        f"The id gives the label away: ids like '{pattern}' (any digits) belong to '{names[labels.iloc[0]]}'. No model "
        "reads the id, but classes that were collected separately may differ in source and not only in class."
    )
    return Concern(ConcernKind.ID_LEAK, finding, "Check that the texts of all classes come from the same source.")


def _number_concern(fill: float) -> Concern:
    finding = "The number in the id gives the label away: each class has ids of its own range."
    if fill >= DENSE:
        reason = "The ids count rows, so the file is probably sorted by class, which does no harm."
        return Concern(ConcernKind.ID_LEAK, f"{finding} {reason}", "Nothing needs to be done.", is_serious=False)
    reason = "No model reads the id, but the classes were collected separately and may differ in source."
    advice = "Check that the texts of all classes come from the same source and time."
    return Concern(ConcernKind.ID_LEAK, f"{finding} {reason}", advice)
