"""Split rows into parts that share no text: remove duplicates, then split each class with a seed."""

import hashlib
import logging
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

logger = logging.getLogger(__name__)


def duplicate_keys(texts: Iterable[str]) -> list[str]:
    """Return a key for each text. Duplicates, which differ at most in case and white space, have the same key."""
    return [" ".join(text.casefold().split()) for text in texts]


def in_hash_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by a hash of text, label and id: a shuffled order that does not depend on the order in the file."""
    rows = zip(frame["text"], frame["label"], frame.get("id", [""] * len(frame)), strict=True)
    hashes = [hashlib.sha256(f"{text}\x00{label}\x00{id_}".encode()).digest() for text, label, id_ in rows]
    order = sorted(range(len(hashes)), key=hashes.__getitem__)
    return frame.iloc[order].reset_index(drop=True)


def drop_empty(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Drop rows with an empty text; log how many, with the first index labels (line numbers)."""
    empty = frame["text"].isna() | (frame["text"].astype(str).str.strip() == "")
    if empty.any():
        lines = ", ".join(str(line) for line in frame.index[empty][:5])
        logger.warning("%s: dropped %d row(s) with an empty text; first line(s): %s.", where, empty.sum(), lines)
    return frame[~empty]


def drop_duplicates(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Keep the first row of each distinct text; drop all rows of a text that has several labels."""
    key = pd.Series(duplicate_keys(frame["text"]), index=frame.index, dtype=object)
    labels = frame["label"].groupby(key).transform("nunique")
    conflicting = labels > 1
    surplus = key.duplicated() & ~conflicting
    if conflicting.any() or surplus.any():
        logger.info(
            "%s: dropped %d duplicate rows and %d rows of texts that have several labels.",
            where,
            surplus.sum(),
            conflicting.sum(),
        )
    return frame[~(conflicting | surplus)]


def drop_texts_of(frame: pd.DataFrame, other: pd.DataFrame, where: str) -> pd.DataFrame:
    """Drop the rows whose text is in another frame."""
    other_keys = set(duplicate_keys(other["text"]))
    keep = np.array([key not in other_keys for key in duplicate_keys(frame["text"])], dtype=bool)
    if not keep.all():
        logger.info("%s: dropped %d rows.", where, (~keep).sum())
    return frame[keep]


def separate(train: pd.DataFrame, validation: pd.DataFrame, test: pd.DataFrame, name: str) -> list[pd.DataFrame]:
    """Make given splits share no text. Test stays as it is; train also loses its own duplicates."""
    validation = drop_texts_of(validation, test, f"{name}: validation texts that are in test")
    train = drop_texts_of(train, test, f"{name}: training texts that are in test")
    train = drop_texts_of(train, validation, f"{name}: training texts that are in validation")
    train = drop_duplicates(train, f"{name}, train")
    return [part.reset_index(drop=True) for part in (train, validation, test)]


def stratified_split(
    frame: pd.DataFrame, fractions: Sequence[float], seed: int, label_names: Sequence[str] | None = None
) -> list[pd.DataFrame]:
    """Split rows into parts with the same class proportions.

    All copies of a text go to the same part, and every part has at least one text of each class. The parts do not
    depend on the order of the rows; each is in hash order.

    Args:
        frame: rows with the columns `text` and `label`. Other columns are kept.
        fractions: the share of each part, such as (0.7, 0.1, 0.2). They sum to one.
        seed: seed of the split.
        label_names: names for error messages; None means the labels themselves.

    Raises:
        ValueError: the shares do not sum to one, a class has fewer distinct texts than there are parts, or a share
            leaves fewer texts than there are classes.
    """
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-6:
        raise ValueError(f"The shares of a split are {tuple(fractions)}. They must be positive and sum to one.")
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
                f"The label '{name}' has {count} distinct text(s), and a stratified split into {parts} parts needs at "
                f"least {parts}. Add texts, merge or remove the label, or add a split column."
            )


def _assign(labels: np.ndarray, fractions: Sequence[float], seed: int) -> np.ndarray:
    """Return the part of each text. Parts are drawn one by one, the last one first; part 0 keeps the rest."""
    from sklearn.model_selection import train_test_split  # takes a second to import

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
    """Swap texts in place if rounding left `cut` without a class, or `rest` with too few texts of it for its parts."""
    for label in np.unique(labels):
        while not (labels[cut] == label).any():
            _swap(cut, rest, labels, label)
        while (labels[rest] == label).sum() < parts_left:
            _swap(rest, cut, labels, label)


def _swap(poor: np.ndarray, rich: np.ndarray, labels: np.ndarray, label: int) -> None:
    """Move a text of `label` to `poor`, and one of the most frequent class there back to `rich`."""
    values, counts = np.unique(labels[poor], return_counts=True)
    given = np.flatnonzero(labels[rich] == label)[0]
    returned = np.flatnonzero(labels[poor] == values[counts.argmax()])[0]
    rich[given], poor[returned] = poor[returned], rich[given]
