"""Split rows by group, so that no author is in two parts, or by time, so that test is later than train."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from textlab.data.examples import TEXT_ONLY
from textlab.data.split import check_fractions, examples_of, in_hash_order, linked_keys
from textlab.wording import shortlist

NO_LABEL = -1
ATTEMPTS = 20  # orders of the groups that are tried until each part has each class


def grouped_split(
    frame: pd.DataFrame,
    fractions: Sequence[float],
    seed: int,
    label_names: Sequence[str],
    column: str = "group",
    inputs: Sequence[str] = TEXT_ONLY,
) -> list[pd.DataFrame]:
    """Split rows into parts that share no group, with class proportions as alike as the groups allow.

    Groups that share a text, or another input of `linked_keys`, count as one. The groups are taken in a random order;
    each goes to the part that is least full of its classes afterwards, where a class counts by its share of the class's
    rows (greedy scheduling on machines of different speed), unless a part that lacks a class needs the group. The parts
    do not depend on the order of the rows; each is in hash order.

    Args:
        frame: rows with the columns `text`, `label` (a class's number, or a tuple of labels) and `group`. Other columns
            are kept.
        fractions: the share of each part, such as (0.7, 0.1, 0.2). They sum to one.
        seed: seed of the split.
        label_names: names of the classes, for error messages.
        column: the source's name for the column of groups, for error messages.
        inputs: the columns that models read.

    Raises:
        ValueError: the shares do not sum to one, or no order of the groups gives each part a text of each class.
    """
    check_fractions(fractions)
    frame = in_hash_order(frame, inputs)
    component = components(frame, inputs)
    labels, counts, needed = _label_counts(component, frame["label"])
    for attempt in range(ATTEMPTS):
        order = np.random.default_rng([seed, attempt]).permutation(len(counts))
        part_of, filled = fill_parts(counts, order, np.asarray(fractions))
        if (filled[:, needed] > 0).all():
            parts = part_of[component]
            return [frame[parts == part].reset_index(drop=True) for part in range(len(fractions))]
    holding = (counts[:, needed] > 0).sum(axis=0)  # groups of each class
    rarest = int(holding.argmin())
    raise ValueError(
        f"The column '{column}' has {len(counts):,} group(s) that share no {examples_of(inputs)[:-1]}, "
        f"{holding[rarest]} of them with the label '{label_names[labels[rarest]]}'. No split into {len(fractions)} "
        "parts keeps groups together and gives each part each label. Add groups, merge or remove the label, or leave "
        "out group=."
    )


def _label_counts(component: np.ndarray, labels: pd.Series) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Count the rows of each component with each label; a row has one label, or a tuple of them.

    Returns:
        The labels that occur; the counts, int (components, columns); and which columns are labels, bool (columns,).
        The other column, if there is one, counts rows without a label.
    """
    flat = labels.reset_index(drop=True).explode().fillna(NO_LABEL).astype(int)
    counts = pd.crosstab(component[flat.index], flat.to_numpy())
    is_label = counts.columns.to_numpy() != NO_LABEL
    return counts.columns[is_label].to_list(), counts.to_numpy(), is_label


def components(frame: pd.DataFrame, inputs: Sequence[str]) -> np.ndarray:
    """Return the number of the component of each row: groups that share an example, directly or through others.

    In a frame without the column `group`, each row is a group of its own.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    groups = pd.factorize(frame["group"])[0] if "group" in frame else np.arange(len(frame))
    texts = pd.factorize(np.array(linked_keys(frame, inputs), object))[0]
    nodes = groups.max() + 1 + texts.max() + 1
    edges = coo_array((np.ones(len(frame)), (groups, groups.max() + 1 + texts)), shape=(nodes, nodes))
    return np.asarray(connected_components(edges, directed=False)[1][groups])


def fill_parts(counts: np.ndarray, order: np.ndarray, fractions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each component to a part.

    Args:
        counts: rows of each component (rows) and class (columns).
        order: the order in which the components are taken.
        fractions: the share of each part.

    Returns:
        The part of each component, and the rows of each part (rows) and class (columns).
    """
    targets = np.outer(fractions, counts.sum(axis=0))
    filled = np.zeros_like(targets)
    weights = counts / counts.sum(axis=0)
    part_of = np.zeros(len(counts), dtype=int)
    has = counts > 0
    waiting = has.sum(axis=0)  # components of each class that are not placed yet
    for component in order:
        cost = (filled + counts[component]) / targets @ weights[component]
        lacks = filled == 0
        is_urgent = has[component] & (waiting <= lacks.sum(axis=0))  # the parts that lack the class need all of these
        if is_urgent.any():
            cost[~lacks[:, is_urgent].any(axis=1)] = np.inf
        part_of[component] = cost.argmin()
        filled[part_of[component]] += counts[component]
        waiting -= has[component]
    return part_of, filled


def split_by_time(
    frame: pd.DataFrame,
    fractions: Sequence[float],
    label_names: Sequence[str],
    column: str = "time",
    inputs: Sequence[str] = TEXT_ONLY,
) -> list[pd.DataFrame]:
    """Split rows by time: the earliest share is the first part, the latest the last one.

    Rows of one time stay together, so shares may differ from `fractions`. All copies of a text count as early as the
    first of them. The parts are in hash order.

    Args:
        frame: rows with the columns `text`, `label` (a class's number, or a tuple of labels) and `time`. Other columns
            are kept.
        fractions: the share of each part, such as (0.7, 0.1, 0.2). They sum to one.
        label_names: names of the classes, for error messages.
        column: the source's name for the column of times, for error messages.
        inputs: the columns that models read.

    Raises:
        ValueError: the shares do not sum to one, there are fewer times than parts, or the earliest part lacks a class.
    """
    check_fractions(fractions)
    frame = in_hash_order(frame, inputs)
    times = frame["time"].groupby(np.array(linked_keys(frame, inputs), object)).transform("min")
    _, moment, sizes = np.unique(times.to_numpy(), return_inverse=True, return_counts=True)
    if len(sizes) < len(fractions):
        raise ValueError(
            f"The column '{column}' has {len(sizes)} distinct time(s), and a split by time into {len(fractions)} parts "
            f"needs at least {len(fractions)}. Name another column, or leave out the option time=."
        )
    part = np.searchsorted(_cuts(sizes, fractions), moment, side="right")
    missing = set(frame["label"].explode().dropna()) - set(frame.loc[part == 0, "label"].explode().dropna())
    if missing:
        names = shortlist([label_names[label] for label in sorted(missing)])
        raise ValueError(
            f"The earliest {fractions[0]:.0%} of the rows by the column '{column}', which are train, have no text with "
            f"the label(s) {names}. Make validation= and test= smaller, remove the label(s), or leave out time=."
        )
    return [frame[part == number].reset_index(drop=True) for number in range(len(fractions))]


def _cuts(sizes: np.ndarray, fractions: Sequence[float]) -> list[int]:
    """Return the first distinct time of each part but the first: as near to the shares as the times allow."""
    until = np.concatenate([[0], np.cumsum(sizes)])
    cuts: list[int] = []
    for number, target in enumerate(np.cumsum(fractions)[:-1] * until[-1], start=1):
        first = cuts[-1] + 1 if cuts else 1
        last = len(sizes) - (len(fractions) - number)  # each later part needs a time
        allowed = np.arange(first, last + 1)
        cuts.append(int(allowed[np.abs(until[allowed] - target).argmin()]))
    return cuts
