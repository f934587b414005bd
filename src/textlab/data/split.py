"""Splits that share no text: duplicates removed, then cut by class with a seed."""

import hashlib
import logging
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

logger = logging.getLogger(__name__)


def duplicate_keys(texts: Iterable[str]) -> list[str]:
    """What two texts have in common when they count as duplicates: all but case and white space."""
    return [" ".join(text.casefold().split()) for text in texts]


def in_hash_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows sorted by a hash of (text, label, id): mixed, and the same whatever order the file had."""
    rows = zip(frame["text"], frame["label"], frame.get("id", [""] * len(frame)), strict=True)
    hashes = [hashlib.sha256(f"{text}\x00{label}\x00{id_}".encode()).digest() for text, label, id_ in rows]
    order = sorted(range(len(hashes)), key=hashes.__getitem__)
    return frame.iloc[order].reset_index(drop=True)


def drop_empty(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows with a text; how many were dropped is logged with the first index labels (line numbers)."""
    empty = frame["text"].isna() | (frame["text"].astype(str).str.strip() == "")
    if empty.any():
        lines = ", ".join(str(line) for line in frame.index[empty][:5])
        logger.warning("%s: dropped %d row(s) with an empty text; first line(s): %s.", where, empty.sum(), lines)
    return frame[~empty]


def drop_duplicates(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """One row per distinct text (the first); none where copies of a text disagree about the label."""
    key = pd.Series(duplicate_keys(frame["text"]), index=frame.index, dtype=object)
    labels = frame["label"].groupby(key).transform("nunique")
    conflicting = labels > 1
    surplus = key.duplicated() & ~conflicting
    if conflicting.any() or surplus.any():
        logger.info(
            "%s: dropped %d surplus copies and %d rows of texts that stand under several labels.",
            where,
            surplus.sum(),
            conflicting.sum(),
        )
    return frame[~(conflicting | surplus)]


def drop_texts_of(frame: pd.DataFrame, other: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows of `frame` whose text does not stand in `other`."""
    taken = set(duplicate_keys(other["text"]))
    keep = np.array([key not in taken for key in duplicate_keys(frame["text"])], dtype=bool)
    if not keep.all():
        logger.info("%s: dropped %d rows.", where, (~keep).sum())
    return frame[keep]


def separate(train: pd.DataFrame, validation: pd.DataFrame, test: pd.DataFrame, name: str) -> list[pd.DataFrame]:
    """Given splits made to share no text: test stays as it is, train loses its own duplicates too."""
    validation = drop_texts_of(validation, test, f"{name}: validation texts that stand in test")
    train = drop_texts_of(train, test, f"{name}: training texts that stand in test")
    train = drop_texts_of(train, validation, f"{name}: training texts that stand in validation")
    train = drop_duplicates(train, f"{name}, train")
    return [part.reset_index(drop=True) for part in (train, validation, test)]


def stratified_split(
    frame: pd.DataFrame, fractions: Sequence[float], seed: int, label_names: Sequence[str] | None = None
) -> list[pd.DataFrame]:
    """Cuts the distinct texts into parts of the given shares, each class in the same proportion.

    Copies of one text go to one part; each part holds every class at least once. The same rows give the same
    parts whatever order they come in, and each part is in hash order.

    Args:
        frame: columns `text` and `label`, any others are kept.
        fractions: the share of each part, e.g. (0.7, 0.1, 0.2); they sum to one.
        label_names: for messages; the labels themselves where not given.

    Raises:
        ValueError: the shares do not sum to one, a class has fewer distinct texts than there are parts, or a
            share leaves fewer texts than there are classes.
    """
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-6:
        raise ValueError(f"The shares of a split must be positive and sum to one; they are {tuple(fractions)}.")
    frame = in_hash_order(frame)
    keys = np.array(duplicate_keys(frame["text"]), dtype=object)
    distinct = np.flatnonzero(~pd.Series(keys).duplicated().to_numpy())
    labels = frame["label"].to_numpy()[distinct]
    _check_enough(labels, len(fractions), label_names)
    part_of = _assign(labels, fractions, seed)
    part_of_key = dict(zip(keys[distinct], part_of, strict=True))
    parts = np.array([part_of_key[key] for key in keys])
    return [frame[parts == part].reset_index(drop=True) for part in range(len(fractions))]


def _check_enough(labels: np.ndarray, parts: int, label_names: Sequence[str] | None) -> None:
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        if count < parts:
            name = label_names[label] if label_names is not None else label
            raise ValueError(
                f"The label '{name}' stands on {count} distinct text(s); a stratified split in {parts} needs "
                f"at least {parts}. Add texts, merge or remove the label, or give a split column."
            )


def _assign(labels: np.ndarray, fractions: Sequence[float], seed: int) -> np.ndarray:
    """The part of each text: parts are cut off one by one, the last first, and part 0 keeps what remains."""
    from sklearn.model_selection import train_test_split  # a second to import, needed only here

    part_of = np.zeros(len(labels), dtype=int)
    rest = np.arange(len(labels))
    classes = len(np.unique(labels))
    for part in range(len(fractions) - 1, 0, -1):
        size = max(classes, round(fractions[part] * len(labels)))
        if len(rest) - size < classes * part:
            raise ValueError(
                f"The shares {tuple(fractions)} of {len(labels)} distinct texts leave too few for {classes} classes "
                f"in each of {len(fractions)} parts. Choose a smaller share, or add texts."
            )
        rest, cut = train_test_split(rest, test_size=size, random_state=seed, stratify=labels[rest])
        _give_every_class(rest, cut, labels, part)
        part_of[cut] = part
    return part_of


def _give_every_class(rest: np.ndarray, cut: np.ndarray, labels: np.ndarray, parts_left: int) -> None:
    """Swaps texts in place where rounding left `cut` without a class, or `rest` with fewer than it has parts."""
    for label in np.unique(labels):
        while not (labels[cut] == label).any():
            _swap(cut, rest, labels, label)
        while (labels[rest] == label).sum() < parts_left:
            _swap(rest, cut, labels, label)


def _swap(poor: np.ndarray, rich: np.ndarray, labels: np.ndarray, label: int) -> None:
    """A text of `label` goes to `poor`, and one of the most frequent class there comes back for it."""
    values, counts = np.unique(labels[poor], return_counts=True)
    given = np.flatnonzero(labels[rich] == label)[0]
    returned = np.flatnonzero(labels[poor] == values[counts.argmax()])[0]
    rich[given], poor[returned] = poor[returned], rich[given]
