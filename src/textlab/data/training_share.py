"""Draw a share of the training examples: stratified, nested and reproducible, for learning curves."""

import numpy as np
import pandas as pd


def training_share(frame: pd.DataFrame, share: float, seed: int) -> pd.DataFrame:
    """Return a share of the rows, in their order.

    Each class keeps its proportion, up to rounding, and at least one row. A row with several labels counts as one of
    the rarest of them. With the same seed, a smaller share is part of each larger one. Rows of one `group`, such as an
    author, are drawn together, because more labels mean more authors; the proportions are then only as close as the
    groups allow.

    Args:
        frame: rows with the column `label`, or `labels` (a tuple in each row), and optionally `group`.
        share: the share of the rows, above 0 and at most 1.
        seed: the random seed of the draw.

    Raises:
        ValueError: the share is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"The share of the training split is {share}. Choose one above 0 and at most 1.")
    labels, random = _classes(frame), np.random.default_rng(seed)
    if "group" in frame:
        kept = _whole_groups(labels, _units(frame["group"]), share, random)
    else:
        kept = _of_each_class(labels, share, random)
    return frame[kept].reset_index(drop=True)


def _classes(frame: pd.DataFrame) -> np.ndarray:
    """Return the class of each row, int (n,); of several labels the rarest, and -1 for none."""
    if "label" in frame:
        return frame["label"].to_numpy()
    counts = frame["labels"].explode().value_counts()
    return np.array([min(labels, key=lambda label: (counts[label], label), default=-1) for labels in frame["labels"]])


def _of_each_class(labels: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Return whether each row is kept: the first rows of each class in one random order of all."""
    order, kept = random.permutation(len(labels)), np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        kept[rows[: max(1, round(share * len(rows)))]] = True
    return kept


def _whole_groups(labels: np.ndarray, units: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Return whether each row is kept: the first groups in one random order, those first that give each class a row."""
    order = random.permutation(units.max() + 1)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    for label in np.unique(labels):
        holders = units[labels == label]
        first = holders[place[holders].argmin()]
        if place[first] >= 0:
            place[first] -= len(order)  # before all others
    begins = place.argsort(kind="stable")
    sizes = np.bincount(units)[begins]
    needed = int(np.searchsorted(sizes.cumsum(), round(share * len(labels)))) + 1
    chosen = begins[: max(needed, int((place < 0).sum()))]
    return np.isin(units, chosen)


def _units(groups: pd.Series) -> np.ndarray:
    """Return the number of each row's group; a row without a group is one of its own."""
    codes, known = pd.factorize(groups)
    alone = codes < 0
    return np.where(alone, len(known) + np.cumsum(alone) - 1, codes)
