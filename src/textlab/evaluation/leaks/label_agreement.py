"""Whether texts predict labels, and whether the labels of the splits agree with each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import SPLITS, Dataset
from textlab.evaluation.leaks.samples import sampled
from textlab.evaluation.leaks.words_model import macro_recall, predicted, predicted_out_of_fold, word_features

MOST_TEXTS = {"train": 8_000, "validation": 4_000, "test": 4_000}
LEAST_TEXTS = 60  # fewer texts cannot show a disagreement
ABOVE_CHANCE = 2.5  # standard errors that a score on train and test together must exceed chance by
MATERIAL, SIGNIFICANT = 0.15, 3.5  # a difference of macro recall, and the same in standard errors


@dataclass(frozen=True, eq=False)
class LabelAgreement:
    """How well words predict the labels of each split.

    Attributes:
        scores: a row per split with the macro recall of a words model fitted on train (`from_train`; out of fold for
            train) and within the split, out of fold (`within`), with standard errors `from_train_error` and
            `within_error`.
        concerns: the concerns that follow.
    """

    scores: pd.DataFrame
    concerns: tuple[Concern, ...]


def check_labels(dataset: Dataset) -> LabelAgreement:
    """Fit a model of words on train, and compare its score on each split with a score within the split."""
    frames = {split: sampled(frame, MOST_TEXTS[split]) for split, frame in dataset.splits()}
    both = pd.concat(frames, names=["split"])
    features, labels = word_features(both["text"].tolist()), both["label"].to_numpy()
    rows_of = {split: np.flatnonzero(both.index.get_level_values("split") == split) for split in SPLITS}
    train, scores, swaps = rows_of["train"], {}, {}
    for split, rows in rows_of.items():
        within = macro_recall(labels[rows], predicted_out_of_fold(features[rows], labels[rows]))
        found, transferred = None, within
        if split != "train":
            found = predicted(features[train], labels[train], features[rows])
            transferred = macro_recall(labels[rows], found)
            swaps[split] = _swapped(labels[rows], found, dataset.label_names)
        scores[split] = (*transferred, *within, len(rows))
    columns = ["from_train", "from_train_error", "within", "within_error", "texts"]
    table = pd.DataFrame.from_dict(scores, orient="index", columns=columns)
    return LabelAgreement(table, tuple(_concerns(table, swaps, dataset)))


def _swapped(labels: np.ndarray, found: np.ndarray, names: tuple[str, ...]) -> str:
    """Name two classes whose texts are mostly predicted as the other; "" if there are none."""
    for first in range(len(names)):
        for second in range(first):
            shares = [
                (found[labels == one] == other).mean() if (labels == one).any() else 0.0
                for one, other in ((first, second), (second, first))
            ]
            if min(shares) > 0.5:
                return f"'{names[second]}' and '{names[first]}'"
    return ""


def _concerns(scores: pd.DataFrame, swaps: dict[str, str], dataset: Dataset) -> list[Concern]:
    train, chance = scores.loc["train"], 1 / len(dataset.label_names)
    found = []
    for split in SPLITS[1:]:
        row = scores.loc[split]
        if row["texts"] >= LEAST_TEXTS and _has_every_class(dataset, split):
            found += _disagreement(split, row, train, chance, swaps[split])
    parts = [scores.loc[split] for split in ("train", "test")]  # independent, so their z values add up
    z = sum((part["from_train"] - chance) / part["from_train_error"] for part in parts) / np.sqrt(len(parts))
    if z < ABOVE_CHANCE and train["texts"] >= LEAST_TEXTS and not found:
        finding = (
            "The texts do not predict the labels: a model of words reaches a macro recall of "
            f"{_points(train, 'within')} on train out of fold, and chance gives {100 * chance:.1f}."
        )
        advice = "Check that texts and labels belong together, and read some texts of each class."
        found.append(Concern(ConcernKind.NO_SIGNAL, finding, advice))
    return found


def _has_every_class(dataset: Dataset, split: str) -> bool:
    """Say whether a split has every class."""
    return bool(getattr(dataset, split)["label"].nunique() == len(dataset.label_names))


def _disagreement(split: str, row: Any, train: Any, chance: float, swapped: str) -> list[Concern]:
    """Compare a split's score with chance, with the score within the split, and with the score within train."""
    fall_within = row["within"] - row["from_train"]
    fall = train["within"] - row["from_train"]
    numbers = (
        f"a model of words fitted on train has a macro recall of {_points(row, 'from_train')} on {split}, "
        f"of {_points(row, 'within')} if fitted within {split}, and of {_points(train, 'within')} within train"
    )
    is_below = row["from_train"] < chance - SIGNIFICANT * row["from_train_error"]
    is_less = _is_clear(fall, row, train)
    if is_below or _is_clear(fall_within, row, row) or (is_less and swapped):
        what = f"the classes {swapped} look swapped" if swapped else "other words predict the labels than in train"
        finding = f"In {split}, {what}: {numbers}."
    elif is_less:
        finding = f"The labels of {split} contradict those of train, or its texts come from another source: {numbers}."
    elif _is_clear(-fall, row, train):
        finding = f"Many labels of train contradict those of {split}: {numbers}."
    else:
        return []
    advice = f"Read some texts of each class in train and {split}, and correct the labels."
    return [Concern(ConcernKind.LABEL_CONFLICT, finding, advice)]


def _is_clear(difference: float, one: Any, other: Any) -> bool:
    error = np.hypot(one["from_train_error"], other["within_error"])
    return bool(difference >= MATERIAL and difference >= SIGNIFICANT * error)


def _points(row: Any, name: str) -> str:
    return f"{100 * row[name]:.1f}"
