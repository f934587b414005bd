"""The comparison of two samples of texts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from textlab.evaluation.shift.class_shares import ClassShift, class_shift
from textlab.evaluation.shift.languages import LanguageShift, language_shift
from textlab.evaluation.shift.movements import LengthShift, Movement, length_shift, movements
from textlab.evaluation.shift.sample import Sample
from textlab.evaluation.shift.separability import FOLDS, Separability, separability
from textlab.evaluation.shift.tokens import series_of

FEWEST_TEXTS_OF_TOKEN = 2  # a token in one text cannot help to tell other texts apart


@dataclass(frozen=True, eq=False)
class Shift:
    """What differs between two samples of texts, such as two splits.

    Attributes:
        reference, current: the samples' names.
        auc: the area under the ROC curve of a classifier that tells the samples apart, out of fold and within classes;
            NaN if there are too few texts.
        p: the one-sided p value of `auc` against 0.5.
        low, high: the ends of the 95 % interval of `auc`.
        texts: the number of texts compared in each sample.
        of_texts: the number of texts in each sample. If it is larger, a random part was compared.
        movements: the words and features whose share differs, the surest first.
        lengths: the lengths in words and in characters.
        classes: the class shares; None if the classes are unknown.
        languages: the languages.
    """

    reference: str
    current: str
    auc: float
    p: float
    low: float
    high: float
    texts: tuple[int, int]
    of_texts: tuple[int, int]
    movements: tuple[Movement, ...]
    lengths: tuple[LengthShift, ...]
    classes: ClassShift | None
    languages: LanguageShift


def compare_samples(reference: Sample, current: Sample, seed: int = 0) -> Shift:
    """Compare two samples of texts: do they come from the same source, and what differs?

    Args:
        reference: the texts to compare with. At most `sample.LIMIT` random ones are compared.
        current: the texts in question; likewise.
        seed: seed of the folds.
    """
    parts = reference.compared, current.compared
    result, moved = _compare_texts(*parts, seed)
    return Shift(
        reference.name,
        current.name,
        result.auc,
        result.p,
        result.low,
        result.high,
        (len(parts[0].texts), len(parts[1].texts)),
        (len(reference.texts), len(current.texts)),
        moved,
        tuple(length_shift(unit, parts[0].lengths[unit], parts[1].lengths[unit]) for unit in parts[0].lengths),
        _compare_classes(reference, current),
        language_shift(parts[0].languages, parts[1].languages),
    )


def _compare_texts(reference: Sample, current: Sample, seed: int) -> tuple[Separability, tuple[Movement, ...]]:
    from sklearn.feature_extraction.text import CountVectorizer

    tokens = [*reference.tokens, *current.tokens]
    is_current = np.arange(len(tokens)) >= len(reference.texts)
    counter = CountVectorizer(analyzer=list, binary=True, dtype=np.float32, min_df=FEWEST_TEXTS_OF_TOKEN)
    try:
        features = counter.fit_transform(tokens)
    except ValueError:  # no token occurs twice
        return Separability(), ()
    classes = _both(reference.labels, current.labels, len(tokens))
    moved = movements(features, counter.get_feature_names_out(), is_current, classes)
    if min(len(reference.texts), len(current.texts)) < FOLDS:
        return Separability(), moved
    return separability(features, is_current, classes, _groups(reference, current), seed), moved


def _both(first: np.ndarray | None, second: np.ndarray | None, length: int) -> np.ndarray:
    """Join the labels of two samples; zeros if those of one are unknown."""
    if first is None or second is None:
        return np.zeros(length, dtype=int)
    return np.concatenate([first, second]).astype(int)


def _groups(reference: Sample, current: Sample) -> np.ndarray:
    """Number the groups, or the series of texts with the same words where groups are unknown or too few."""
    series = series_of([*reference.tokens, *current.tokens])
    if reference.groups is not None and current.groups is not None:
        fewest = min(len(set(groups)) for groups in (reference.groups, current.groups))
        if fewest >= FOLDS:
            named = [*reference.groups, *current.groups]
            missing = pd.isna(pd.Series(named, dtype=object))
            series = [key if gone else str(group) for key, group, gone in zip(series, named, missing, strict=True)]
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in series])


def _compare_classes(reference: Sample, current: Sample) -> ClassShift | None:
    if reference.labels is None or current.labels is None:
        return None
    return class_shift(reference.labels, current.labels, reference.label_names)
