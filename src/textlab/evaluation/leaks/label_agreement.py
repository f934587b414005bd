"""Check that texts predict labels, and that the labels of the splits agree with each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.dataset import Dataset
from textlab.data.examples import TEXT_ONLY
from textlab.data.task_dataset import SPLITS
from textlab.evaluation.leaks.samples import sampled
from textlab.evaluation.leaks.words_model import macro_recall, predicted, predicted_out_of_fold, word_features

MOST_CLASSES = 30
MOST_TEXTS = {"train": 8_000, "validation": 4_000, "test": 4_000}
LEAST_TEXTS = 60  # fewer texts cannot show a disagreement
ABOVE_CHANCE = 2.5  # standard errors that a score on train and test together must exceed chance by
LEAST_TEXTS_OF_WORD, MOST_WORDS = 5, 3  # texts with a word, and words, that a finding names
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


def check_labels(dataset: Dataset, copied: Sequence[str] = ()) -> LabelAgreement:
    """Fit a model of words on train, and compare its score on each split with a score within the split.

    Of more than `MOST_CLASSES` classes, the check takes those with the most training texts.

    Args:
        dataset: the dataset.
        copied: the splits with copies of training texts, which explain a score above the score within train.
    """
    dataset = _of_largest_classes(dataset)
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
    return LabelAgreement(table, tuple(_concerns(table, swaps, copied, dataset)))


def _of_largest_classes(dataset: Dataset) -> Dataset:
    """Return the texts of the largest classes in train; the dataset itself if it has few, or a split has none of them.

    The time of a fit is proportional to the classes, and 1,016 classes took many minutes.
    """
    kept = dataset.train["label"].value_counts().index[:MOST_CLASSES]
    frames = [frame[frame["label"].isin(kept)] for _, frame in dataset.splits()]
    if len(kept) == len(dataset.label_names) or any(frame.empty for frame in frames):
        return dataset
    number = {label: place for place, label in enumerate(kept)}
    frames = [frame.assign(label=frame["label"].map(number)).reset_index(drop=True) for frame in frames]
    names = tuple(dataset.label_names[label] for label in kept)
    return Dataset(dataset.name, dataset.version, names, *frames, inputs=dataset.inputs)


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


def _concerns(scores: pd.DataFrame, swaps: dict[str, str], copied: Sequence[str], dataset: Dataset) -> list[Concern]:
    train, chance = scores.loc["train"], 1 / len(dataset.label_names)
    found = []
    for split in SPLITS[1:]:
        row = scores.loc[split]
        if row["texts"] >= LEAST_TEXTS and _has_every_class(dataset, split):
            found += _disagreement(dataset, split, row, train, swaps[split], split in copied)
    parts = [scores.loc[split] for split in ("train", "test")]  # independent, so their z values add up
    z = sum((part["from_train"] - chance) / part["from_train_error"] for part in parts) / np.sqrt(len(parts))
    if dataset.inputs == TEXT_ONLY and z < ABOVE_CHANCE and train["texts"] >= LEAST_TEXTS and not found:
        finding = (
            f"Nothing shows that the texts predict the labels: a model of words fitted on {train['texts']:,.0f} "
            f"training texts has a macro recall of {_points(train, 'within')} out of fold, and chance gives "
            f"{100 * chance:.1f}."
        )
        advice = "Check that texts and labels belong together, read some texts of each class, or add texts."
        found.append(Concern(ConcernKind.NO_SIGNAL, finding, advice))
    return found


def _has_every_class(dataset: Dataset, split: str) -> bool:
    """Say whether a split has every class."""
    return bool(getattr(dataset, split)["label"].nunique() == len(dataset.label_names))


def _disagreement(dataset: Dataset, split: str, row: Any, train: Any, swapped: str, is_copied: bool) -> list[Concern]:
    """Compare a split's score with chance, with the score within the split, and with the score within train."""
    chance = 1 / len(dataset.label_names)
    fall_within = row["within"] - row["from_train"]
    fall = train["within"] - row["from_train"]
    numbers = (
        f"a model of words fitted on train has a macro recall of {_points(row, 'from_train')} on {split}, "
        f"of {_points(row, 'within')} if fitted within {split}, and of {_points(train, 'within')} within train"
    )
    is_below = row["from_train"] < chance - SIGNIFICANT * row["from_train_error"]
    is_less = _is_clear(fall, row, train)
    if is_below or _is_clear(fall_within, row, row) or (is_less and swapped):
        what = f"The classes {swapped} look swapped in {split}"
        finding = f"{what if swapped else f'The labels of {split} follow other words than those of train'}: {numbers}."
    elif is_less:
        finding = f"The labels of {split} contradict those of train, or its texts come from another source: {numbers}."
    elif _is_clear(-fall, row, train) and not is_copied:
        finding = f"Many labels of train contradict those of {split}: {numbers}."
    else:
        return []
    finding += _words_apart(dataset.train, getattr(dataset, split))
    advice = f"Read some texts of each class in train and {split}, and correct the labels or the texts."
    return [Concern(ConcernKind.LABEL_CONFLICT, finding, advice)]


def _words_apart(train: pd.DataFrame, other: pd.DataFrame) -> str:
    """Name the words that speak for a class in one of two splits much more than in the other; "" if there are none."""
    from sklearn.feature_extraction.text import CountVectorizer

    frames = [sampled(frame, MOST_TEXTS["test"]) for frame in (train, other)]
    counter = CountVectorizer(binary=True, token_pattern=r"\S+", min_df=LEAST_TEXTS_OF_WORD)
    try:
        words = counter.fit(pd.concat(frames)["text"]).get_feature_names_out()
    except ValueError:  # no word in so many texts, as in a language without blanks
        return ""
    leans = []
    for frame in frames:
        matrix, labels = counter.transform(frame["text"]), frame["label"].to_numpy()
        shares = [np.asarray(matrix[labels == label].mean(axis=0)).ravel() for label in np.unique(labels)]
        leans.append(np.array(shares) - np.mean(shares, axis=0))
    distance = np.abs(leans[1] - leans[0]).max(axis=0)
    named = [f"'{words[at]}'" for at in np.argsort(-distance, kind="stable")[:MOST_WORDS]]
    return f" The words whose classes differ most are {', '.join(named)}."


def _is_clear(difference: float, one: Any, other: Any) -> bool:
    error = np.hypot(one["from_train_error"], other["within_error"])
    return bool(difference >= MATERIAL and difference >= SIGNIFICANT * error)


def _points(row: Any, name: str) -> str:
    return f"{100 * row[name]:.1f}"
