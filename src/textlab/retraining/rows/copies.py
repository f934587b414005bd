"""New rows that repeat each other, or an example of the dataset: exactly, or with few words changed.

Of inputs without words, such as pictures, a near-copy has the same ones. A picture of the dataset that was scaled or
encoded again is the same one.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.exploring.duplicates import SHORT, nearest_sets, skeleton, word_sets
from textlab.data.preparation import Reason
from textlab.data.task_dataset import SPLITS
from textlab.evaluation.leaks.copies import near_copies
from textlab.evaluation.leaks.fingerprints import fingerprints
from textlab.inputs import kind_of, worded
from textlab.retraining.rows.verdicts import Verdicts
from textlab.text.normalisation import normalise

BESIDE = "·"
CHUNK = 1_000  # rows that are compared with each other at a time, which bounds the number of pairs
_SAME = {"test": Reason.IN_TEST, "validation": Reason.IN_VALIDATION, "train": Reason.IN_TRAIN}
_NEAR = {"test": Reason.NEAR_TEST, "validation": Reason.NEAR_VALIDATION, "train": Reason.NEAR_TRAIN}


def check_copies(verdicts: Verdicts, base: Dataset, similarity: float) -> None:
    """Drop copies and leaks, and hold rows whose label contradicts that of a copy.

    A row that repeats a test or validation example is dropped whatever its label is. One that repeats a training one or
    an earlier new row is dropped if the labels agree, and held if they do not. Sets the column `copy_of` of the frame:
    the number of the first row of each group of near-copies.
    """
    frame = verdicts.frame
    frame["copy_of"] = np.arange(len(frame))
    if not verdicts.in_use.any():
        return
    names = np.array(base.label_names, dtype=object)
    rows = np.flatnonzero(verdicts.in_use)
    new = _with_known_values(frame.iloc[rows], base)
    keys = example_keys(new, base.inputs)
    sets = _word_sets([*(frame_ for _, frame_ in base.splits()), new], base.inputs)
    mine = sets[-1]
    for place, split in reversed(list(enumerate(SPLITS))):
        theirs = getattr(base, split)
        nearest, is_same = _nearest(keys, mine, example_keys(theirs, base.inputs), sets[place], similarity)
        agrees = names[theirs["label"].to_numpy()[nearest]] == frame["label"].to_numpy()[rows]
        found = nearest >= 0
        if split == "train":
            _hold(verdicts, rows[found & ~agrees], "a training text has")
            found &= agrees
        verdicts.drop(verdicts.mask(rows[found & is_same]), _SAME[split])
        verdicts.drop(verdicts.mask(rows[found]), _NEAR[split])
    _check_each_other(verdicts, rows, keys, mine, similarity)


def _check_each_other(verdicts: Verdicts, rows: np.ndarray, keys: np.ndarray, sets: Any, similarity: float) -> None:
    frame = verdicts.frame
    in_use = verdicts.in_use[rows]
    rows, keys, sets = rows[in_use], keys[in_use], sets[np.flatnonzero(in_use)]
    first = _first_of_near_copies(keys, sets, similarity)
    frame.loc[rows, "copy_of"] = rows[first]
    labels = frame["label"].to_numpy()[rows]
    is_later, agrees = first != np.arange(len(rows)), labels == labels[first]
    contradicted = np.unique(first[is_later & ~agrees])
    of_feedback = frame["is_feedback"].to_numpy()[rows]
    _hold(verdicts, rows[is_later & ~agrees], "another new row has")
    # A labelled file is believed rather than feedback, so its row stays; of equals, none is believed.
    _hold(verdicts, rows[contradicted[of_feedback[contradicted]]], "another new row has")
    clash = contradicted[~of_feedback[contradicted]]
    equals = [place for place in clash if (~of_feedback & is_later & ~agrees & (first == place)).any()]
    _hold(verdicts, rows[np.array(equals, dtype=int)], "another new row has")
    is_same = keys == keys[first]
    verdicts.drop(verdicts.mask(rows[is_later & is_same]), Reason.COPY)
    verdicts.drop(verdicts.mask(rows[is_later]), Reason.NEAR_COPY)


def _hold(verdicts: Verdicts, rows: np.ndarray, what: str) -> None:
    why = f"The same or nearly the same text has another label: {what} it."
    verdicts.hold(verdicts.mask(rows), Reason.CONTRADICTION, why)


def example_keys(frame: pd.DataFrame, inputs: Sequence[str]) -> np.ndarray:
    """Return a key for each example, str (n,), which copies share: those of their inputs."""
    columns = [frame[name].map(kind_of(name).duplicate_key) for name in inputs]
    return np.array(["\x00".join(keys) for keys in zip(*columns, strict=True)], dtype=object)


def _with_known_values(new: pd.DataFrame, base: Dataset) -> pd.DataFrame:
    """Return new rows with the dataset's value in place of a near-copy of it, such as a picture that was scaled."""
    known = pd.concat([base.test, base.validation, base.train])
    names = [name for name in base.inputs if kind_of(name).most_bits_apart]
    return new.assign(**{name: _known_values(name, new[name], known[name]) for name in names})


def _known_values(name: str, new: pd.Series, known: pd.Series) -> list[str]:
    kind = kind_of(name)
    identities = new.map(kind.identity)
    value_of = {kind.identity(value): value for value in known}
    unknown = {identity: value for identity, value in zip(identities, new, strict=True) if identity not in value_of}
    if not any(unknown):
        return list(new)
    found = fingerprints(name, [*value_of.values(), *unknown.values()])
    own, others = pd.Series(list(unknown)), pd.Series(list(value_of))
    nearest: dict[str, str] = {}
    for rows, places, _ in near_copies(own, others, found, kind.most_bits_apart):
        nearest |= dict(zip(own[rows], others[places], strict=True))
    return [
        value_of.get(nearest.get(identity, ""), value) if identity else value
        for identity, value in zip(identities, new, strict=True)
    ]


def _word_sets(frames: list[pd.DataFrame], inputs: Sequence[str]) -> list[Any]:
    """Return the word sets of each frame, over the words of all of them.

    A word counts as another one beside another picture, so that only examples with the same picture are alike.
    """
    texts = [text for frame in frames for text in _texts_beside(frame, inputs)]
    sets = word_sets(pd.Series(texts, dtype=object))
    ends = np.cumsum([len(frame) for frame in frames])
    return [sets[end - len(frame) : end] for end, frame in zip(ends, frames, strict=True)]


def _texts_beside(frame: pd.DataFrame, inputs: Sequence[str]) -> list[str]:
    """Return the normalised text of each example, each word with the other inputs in front."""
    with_words = worded(inputs)
    others = [name for name in inputs if name not in with_words]
    texts = [normalise(" ".join(values)) for values in frame[list(with_words)].itertuples(index=False, name=None)]
    if not others:
        return texts
    return [
        " ".join(f"{name}{BESIDE}{word}" for word in skeleton(text).split())
        for name, text in zip(map(_letters, example_keys(frame, others)), texts, strict=True)
    ]


def _letters(key: str) -> str:
    """Return letters that stand for a key; `word_sets` leaves digits out."""
    return hashlib.sha256(key.encode()).hexdigest()[:20].translate(str.maketrans("0123456789", "ghijklmnop"))


def _nearest(
    keys: np.ndarray, sets: Any, other_keys: np.ndarray, other_sets: Any, similarity: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each of n texts the place of a copy or near-copy among others, or -1; and whether it is a copy."""
    place = pd.Series(np.arange(len(other_keys)), other_keys).groupby(level=0).first()
    found = place.reindex(keys).fillna(-1).to_numpy(dtype=int, copy=True)
    is_same = found >= 0
    left, right, _ = nearest_sets(sets, other_sets, similarity)
    is_near = (sets.getnnz(axis=1)[left] >= SHORT) & ~is_same[left]
    found[left[is_near]] = right[is_near]
    return found, is_same


def _first_of_near_copies(keys: np.ndarray, sets: Any, similarity: float) -> np.ndarray:
    """Return for each of n texts the place of the first text that it is a copy or near-copy of; its own if none.

    Texts are taken in order, and compared with the texts that started a group, as in leader clustering.
    """
    place = np.arange(len(keys))
    first = pd.Series(place).groupby(pd.Series(keys, dtype=object)).transform("first").to_numpy().copy()
    leaders: list[int] = []
    candidates = np.flatnonzero((first == place) & (sets.getnnz(axis=1) >= SHORT))
    for start in range(0, len(candidates), CHUNK):
        chunk = candidates[start : start + CHUNK]
        if leaders:
            left, right, _ = nearest_sets(sets[chunk], sets[leaders], similarity)
            first[chunk[left]] = np.array(leaders)[right]
            chunk = chunk[first[chunk] == chunk]
        for row in chunk:
            if first[row] == row:
                later = chunk[(chunk > row) & (first[chunk] == chunk)]
                first[later[_similarities(sets[row], sets[later]) >= similarity - 1e-9]] = row
                leaders.append(int(row))
    return first[first]  # a copy of a near-copy belongs to the same group


def _similarities(row: Any, others: Any) -> np.ndarray:
    shared = (others @ row.T).toarray().ravel()
    return np.asarray(shared / np.maximum(row.nnz + others.getnnz(axis=1) - shared, 1))
