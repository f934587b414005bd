"""Split rows with several labels each into parts in which every label keeps its share, also a rare one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.data.examples import TEXT_ONLY
from textlab.data.multilabel_dataset import indicator
from textlab.data.split import Rare, check_fractions, examples_of, in_hash_order, linked_keys, too_rare_message

ATTEMPTS = 10  # random orders that are tried until each part has each label


def label_set_split(
    frame: pd.DataFrame,
    fractions: Sequence[float],
    seed: int,
    label_names: Sequence[str],
    rare: Rare = "refuse",
    inputs: Sequence[str] = TEXT_ONLY,
) -> list[pd.DataFrame]:
    """Split rows by iterative stratification: Sechidis, Tsoumakas and Vlahavas (2011), "On the stratification of
    multi-label data", algorithm 1.

    The label with the fewest rows left is divided first: each of its rows goes to the part that wants the label most,
    and of equals to the one that wants most rows. Rows without a label are divided last. Beyond the paper, a part that
    lacks the label gets a row of it while there are rows for all such parts, and copies of a text, and rows that share
    one of `linked_keys`, go to one part. If an order of the rows leaves a part without a label, other orders are tried.

    Args:
        frame: rows with the column `label` (tuples of positions in `label_names`) and the inputs.
        fractions: the share of each part, such as (0.7, 0.1, 0.2). They sum to one.
        seed: seed of the split.
        label_names: the labels.
        rare: what happens to rows of a label with fewer distinct texts than there are parts. "refuse" raises an error;
            "train" puts them into the first part.
        inputs: the columns that models read.

    Returns:
        The parts, each in hash order. They do not depend on the order of the rows. A part may lack a label if the
        labels' rows overlap too much; the dataset then warns.

    Raises:
        ValueError: the shares do not sum to one, a label has fewer distinct texts than there are parts, or a part would
            be empty.
    """
    check_fractions(fractions)
    frame = in_hash_order(frame, inputs)
    keys = np.array(linked_keys(frame, inputs), dtype=object)
    unit_of_row = pd.factorize(keys)[0]
    first = np.unique(unit_of_row, return_index=True)[1]
    has = indicator(frame["label"].to_numpy()[first], len(label_names))
    counts = has.sum(axis=0)
    is_rare = (counts > 0) & (counts < len(fractions))
    if is_rare.any() and rare == "refuse":
        raise ValueError(
            too_rare_message(np.flatnonzero(is_rare), counts[is_rare], len(fractions), label_names, inputs)
        )
    is_kept = has[:, is_rare].any(axis=1)  # in the first part
    if (~is_kept).sum() < len(fractions):
        what = examples_of(inputs)
        raise ValueError(f"There are too few {what} for {len(fractions)} parts. Add {what}, or add a split column.")
    part_of_unit = np.zeros(len(has), dtype=int)
    part_of_unit[~is_kept] = _best_assignment(has[~is_kept][:, ~is_rare], np.asarray(fractions), seed)
    part_of_row = part_of_unit[unit_of_row]
    return [frame[part_of_row == part].reset_index(drop=True) for part in range(len(fractions))]


def _best_assignment(has: np.ndarray, fractions: np.ndarray, seed: int) -> np.ndarray:
    """Return the part of each row, from the first order in which no part lacks a label, else from the best one."""
    best, least = np.zeros(len(has), dtype=int), np.inf
    for attempt in range(ATTEMPTS):
        parts = _assign(has, fractions, np.random.default_rng([seed, attempt]))
        lacking = sum(int((~has[parts == part].any(axis=0)).sum()) for part in range(len(fractions)))
        if lacking < least:
            best, least = parts, lacking
        if not lacking:
            break
    return best


def _assign(has: np.ndarray, fractions: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the part of each row by iterative stratification.

    Args:
        has: bool (n, k), which labels the rows have.
        fractions: float (p,), the shares of the parts.
        random: decides between parts that want a row equally.
    """
    wanted = np.outer(fractions, has.sum(axis=0))  # rows of each label that each part still wants
    wanted_rows = fractions * len(has)
    lacks = np.ones_like(wanted, dtype=bool)
    left, part_of = has.sum(axis=0).astype(float), np.full(len(has), -1)
    order = random.permutation(len(has))
    noise = random.random((len(has), len(fractions)))  # the last tie-breaker

    def place(row: int, part: int) -> None:
        part_of[row] = part
        labels = has[row]
        wanted[part, labels] -= 1
        wanted_rows[part] -= 1
        lacks[part, labels] = False
        left[labels] -= 1

    while (left > 0).any():
        label = int(np.where(left > 0, left, np.inf).argmin())
        for row in order[has[order, label] & (part_of[order] < 0)]:
            desires = np.array([wanted[:, label], wanted_rows, noise[row]])
            allowed = lacks[:, label] if 0 < lacks[:, label].sum() >= left[label] else np.ones(len(fractions), bool)
            candidates = np.flatnonzero(allowed)
            place(int(row), int(candidates[np.lexsort(desires[::-1][:, candidates])[-1]]))
    for row in order[part_of[order] < 0]:
        place(int(row), int(wanted_rows.argmax()))
    return part_of
