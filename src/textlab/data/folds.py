"""Folds for cross-validation: parts of the training examples that share no example and no group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.data.examples import TEXT_ONLY
from textlab.data.grouped_split import components, fill_parts
from textlab.data.split import in_hash_order

FEWEST, MOST = 2, 20


def check_folds(folds: int) -> None:
    """Raise ValueError unless `folds` is 0, which stands for none, or a number of folds that can be made."""
    if folds and not FEWEST <= folds <= MOST:
        raise ValueError(f"folds is {folds}. Choose {FEWEST} to {MOST} folds, or 0 for none.")


def fold_numbers(frame: pd.DataFrame, folds: int, seed: int, inputs: Sequence[str] = TEXT_ONLY) -> np.ndarray:
    """Return the fold of each row, int (n,) from 0 to folds - 1; -1 for a row that stays in training always.

    Each class has the same share in every fold, as far as the groups allow. Rows of one `group` share a fold, and so
    do rows with one of `linked_keys`. The folds do not depend on the order of the rows. Where all rows of a class
    would be in one fold, no model could learn the class without them, so these rows stay in training.

    Args:
        frame: n rows with the inputs and `label`, and optionally `group` and `id`.
        folds: number of folds.
        seed: random seed.
        inputs: the columns that models read.

    Raises:
        ValueError: the number of folds is out of range, or there are fewer separate examples or groups.
    """
    check_folds(folds)
    ordered = in_hash_order(frame.reset_index(drop=True), inputs)
    component = components(ordered, inputs)
    counts = pd.crosstab(component, ordered["label"].to_numpy()).to_numpy()
    if len(counts) < folds:
        what = "groups" if "group" in frame else "distinct examples"
        raise ValueError(f"{folds} folds need as many {what} in train, which has {len(counts)}. Choose fewer folds.")
    order = np.random.default_rng(seed).permutation(len(counts))
    part_of, filled = fill_parts(counts, order, np.full(folds, 1 / folds))
    numbers = np.empty(len(frame), dtype=int)
    numbers[ordered.index] = part_of[component]
    in_one_fold = np.unique(ordered["label"])[(filled > 0).sum(axis=0) == 1]
    numbers[frame["label"].isin(in_one_fold)] = -1
    return numbers
