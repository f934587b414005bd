"""Split rows into parts that share no example: remove duplicates, then split each class with a seed."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from textlab.data.examples import TEXT_ONLY
from textlab.data.preparation import Reason
from textlab.data.preparation_log import PreparationLog
from textlab.inputs import kind_of
from textlab.wording import shortlist

Contradictions = Literal["drop", "majority", "keep"]
Rare = Literal["refuse", "train"]


def duplicate_keys(texts: Iterable[str]) -> list[str]:
    """Return a key for each text. Duplicates, which differ at most in case and white space, have the same key."""
    return list(map(kind_of("text").duplicate_key, texts))


def row_keys(frame: pd.DataFrame, inputs: Sequence[str] = TEXT_ONLY) -> list[str]:
    """Return a key for each row. Duplicates, whose inputs all have the same `duplicate_key`, have the same key."""
    return ["\x00".join(keys) for keys in zip(*(_keys(frame, name) for name in inputs), strict=True)]


def linked_keys(frame: pd.DataFrame, inputs: Sequence[str] = TEXT_ONLY) -> list[str]:
    """Return a key for each row that rows share if a split must keep them together.

    These are duplicates and, of an input such as pictures, rows with the same value. With several such inputs, the
    first one that a row has decides.
    """
    linked = row_keys(frame, inputs)
    for name in reversed([name for name in inputs if kind_of(name).keeps_rows_together]):
        linked = [f"{name}\x00{key}" if key else other for key, other in zip(_keys(frame, name), linked, strict=True)]
    return linked


def _keys(frame: pd.DataFrame, name: str) -> list[str]:
    kind = kind_of(name)
    return [kind.duplicate_key(value) for value in frame[name]]


def in_hash_order(frame: pd.DataFrame, inputs: Sequence[str] = TEXT_ONLY) -> pd.DataFrame:
    """Sort rows by a hash of inputs, label and id: a shuffled order that does not depend on the order in the file.

    Each row keeps its label in the index, which says where it stands in the source.
    """
    known = zip(*(map(kind_of(name).identity, frame[name]) for name in inputs), strict=True)
    rows = zip(known, frame["label"], frame.get("id", [""] * len(frame)), strict=True)
    hashes = [hashlib.sha256("\x00".join((*each, str(label), str(id_))).encode()).digest() for each, label, id_ in rows]
    return frame.iloc[sorted(range(len(hashes)), key=hashes.__getitem__)]


def drop_empty(frame: pd.DataFrame, log: PreparationLog) -> pd.DataFrame:
    """Drop rows whose inputs are all empty."""
    empty = pd.Series(True, frame.index)
    for name in log.inputs:
        empty &= frame[name].isna() | frame[name].astype(str).map(kind_of(name).is_blank).astype(bool)
    return log.drop(frame, empty, Reason.EMPTY_TEXT if log.inputs == TEXT_ONLY else Reason.EMPTY_INPUTS)


def drop_duplicates(frame: pd.DataFrame, log: PreparationLog, contradictions: Contradictions = "drop") -> pd.DataFrame:
    """Keep the first row of each distinct text, and decide about texts that have several labels.

    With other inputs, read "text" as all inputs of a row together.

    Args:
        frame: rows with the inputs of the log and the column `label`.
        log: where dropped rows are recorded.
        contradictions: "drop" drops all rows of a text that has several labels. "majority" keeps the first row with its
            most frequent label; a text whose labels tie is dropped. "keep" keeps the first row of each of its labels.
    """
    key = pd.Series(row_keys(frame, log.inputs), index=frame.index, dtype=object)
    pairs = pd.DataFrame({"key": key, "label": frame["label"]})
    conflicting = pairs.groupby("key")["label"].transform("nunique") > 1
    if contradictions == "keep":
        surplus = pairs.duplicated()
        log.keep_contradictions(frame[conflicting & ~surplus])
    else:
        settled = _majority(pairs) if contradictions == "majority" else pd.Series(False, index=frame.index)
        frame = log.drop(frame, conflicting & ~settled, Reason.CONTRADICTION)
        surplus = key[frame.index].duplicated()
    return log.drop(frame, surplus, Reason.COPY)


def _majority(pairs: pd.DataFrame) -> pd.Series:
    """Return whether each row has the label that most rows of its text have; False where labels tie."""
    size = pairs.groupby(["key", "label"])["label"].transform("size")
    is_largest = size == size.groupby(pairs["key"]).transform("max")
    winners = pairs["label"].where(is_largest).groupby(pairs["key"]).transform("nunique")
    return is_largest & (winners == 1)


def drop_texts_of(frame: pd.DataFrame, other: pd.DataFrame, log: PreparationLog, reason: Reason) -> pd.DataFrame:
    """Drop the rows whose inputs are those of a row in another frame."""
    other_keys = set(row_keys(other, log.inputs))
    is_other = np.array([key in other_keys for key in row_keys(frame, log.inputs)], dtype=bool)
    return log.drop(frame, is_other, reason)


def separate(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    test: pd.DataFrame,
    log: PreparationLog,
    contradictions: Contradictions = "drop",
) -> list[pd.DataFrame]:
    """Make given splits share no example. Test stays as it is; train also loses its own duplicates."""
    validation = drop_texts_of(validation, test, log, Reason.IN_TEST)
    train = drop_texts_of(train, test, log, Reason.IN_TEST)
    train = drop_texts_of(train, validation, log, Reason.IN_VALIDATION)
    train = drop_duplicates(train, log, contradictions)
    return [part.reset_index(drop=True) for part in (train, validation, test)]


def stratified_split(
    frame: pd.DataFrame,
    fractions: Sequence[float],
    seed: int,
    label_names: Sequence[str] | None = None,
    rare: Rare = "refuse",
    inputs: Sequence[str] = TEXT_ONLY,
) -> list[pd.DataFrame]:
    """Split rows into parts with the same class proportions.

    All copies of a text go to the same part, as do all rows that share one of `linked_keys`, and every part has at
    least one text of each class. The parts do not depend on the order of the rows; each is in hash order.

    Args:
        frame: rows with the columns `text` and `label`. Other columns are kept.
        fractions: the share of each part, such as (0.7, 0.1, 0.2). They sum to one.
        seed: seed of the split.
        label_names: names for error messages; None means the labels themselves.
        rare: what happens to a class with fewer distinct texts than there are parts. "refuse" raises an error; "train"
            puts its texts into the first part alone.
        inputs: the columns that models read.

    Raises:
        ValueError: the shares do not sum to one, a class (with "train", every class) has fewer distinct texts than
            there are parts, or a share leaves fewer texts than there are classes.
    """
    check_fractions(fractions)
    frame = in_hash_order(frame, inputs)
    keys = np.array(linked_keys(frame, inputs), dtype=object)
    distinct = np.flatnonzero(~pd.Series(keys).duplicated().to_numpy())
    labels = frame["label"].to_numpy()[distinct]
    names, counts = np.unique(labels, return_counts=True)
    too_rare = counts < len(fractions)
    if too_rare.any() and rare == "refuse":
        raise ValueError(too_rare_message(names[too_rare], counts[too_rare], len(fractions), label_names, inputs))
    if too_rare.all():
        raise ValueError(
            f"No label has {len(fractions)} distinct {examples_of(inputs)}, so rare=train would leave every part but "
            f"train empty. Add {examples_of(inputs)}, merge labels, or add a split column."
        )
    is_divided = ~np.isin(labels, names[too_rare])
    part_of = np.zeros(len(labels), dtype=int)
    part_of[is_divided] = _assign(labels[is_divided], fractions, seed)
    part_of_key = dict(zip(keys[distinct], part_of, strict=True))
    parts = np.array([part_of_key[key] for key in keys])
    return [frame[parts == part].reset_index(drop=True) for part in range(len(fractions))]


def check_fractions(fractions: Sequence[float]) -> None:
    """Raise ValueError unless the shares are positive and sum to one."""
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-6:
        raise ValueError(f"The shares of a split are {tuple(fractions)}. They must be positive and sum to one.")


def examples_of(inputs: Sequence[str]) -> str:
    """Return the word for examples in messages: "texts" where text is all that they hold."""
    return "texts" if tuple(inputs) == TEXT_ONLY else "examples"


def too_rare_message(
    labels: np.ndarray,
    counts: np.ndarray,
    parts: int,
    label_names: Sequence[str] | None,
    inputs: Sequence[str],
) -> str:
    """Name the classes that have fewer examples than there are parts, and say what to do."""
    what = examples_of(inputs)
    named = [str(label if label_names is None else label_names[label]) for label in labels]
    found = shortlist([f"'{name}' has {count}" for name, count in zip(named, counts, strict=True)])
    return (
        f"A stratified split into {parts} parts needs at least {parts} distinct {what} of each label: {found}. Add "
        f"{what}, merge or remove the labels, keep their {what} in train (option rare=train), or add a split column."
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
