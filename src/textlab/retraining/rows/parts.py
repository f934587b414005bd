"""Divide the accepted rows: the newest labelled ones are held out, the others join train and validation."""

import hashlib

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.retraining.rows.rules import Rules

MOST_TIMES_SHARE = 2.0  # a caller whose rows would make a part larger than this multiple of its share is left out


def divide(accepted: pd.DataFrame, base: Dataset, rules: Rules) -> np.ndarray:
    """Return the part of each accepted row: "train", "validation" or "newest", (n,).

    Feedback always goes to train. Callers choose what they judge, mostly mistakes of the champion, so scores on
    feedback would be those of a biased sample. Of the rows of labelled files, the newest are held out: the latest ones,
    or, where a file has no times, those that a hash chooses. The others are divided between train and validation in
    the proportion of the base. All rows of a caller go to the same part; near-copies are gone already.

    Args:
        accepted: the rows that have passed the checks, with the columns of `Verdicts.frame`.
        base: the dataset that they extend.
        rules: the limits.
    """
    part = np.full(len(accepted), "train", dtype=object)
    labelled = np.flatnonzero(~accepted["is_feedback"].to_numpy(dtype=bool))
    if len(labelled) >= rules.fewest_newest:
        is_newest = _first(accepted.iloc[labelled], rules.newest_share, rules.seed, by_time=True)
        part[labelled[is_newest]] = "newest"
        labelled = labelled[~is_newest]
    share = len(base.validation) / (len(base.validation) + len(base.train))
    part[labelled[_first(accepted.iloc[labelled], share, rules.seed, by_time=False)]] = "validation"
    return part


def _first(frame: pd.DataFrame, share: float, seed: int, by_time: bool) -> np.ndarray:
    """Choose whole callers until they have the share of the rows: the latest ones, or in the order of a hash."""
    if frame.empty:
        return np.zeros(0, dtype=bool)
    caller = frame["caller"].where(frame["caller"] != "", frame["id"])
    groups = pd.DataFrame({"caller": caller, "time": frame["time"]}).groupby("caller")["time"].agg(["max", "size"])
    groups["hash"] = [hashlib.sha256(f"{seed}\x00{name}".encode()).hexdigest() for name in groups.index]
    keys, ascending = (["max", "hash"], [False, True]) if by_time else (["hash"], [True])
    groups = groups.sort_values(keys, ascending=ascending, na_position="last")
    target, taken, chosen = share * len(frame), 0, set()
    for name, size in groups["size"].items():
        if taken >= target:
            break
        if taken + size <= max(MOST_TIMES_SHARE * target, 1):
            chosen.add(name)
            taken += size
    return caller.isin(chosen).to_numpy()
