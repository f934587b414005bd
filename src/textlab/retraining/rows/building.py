"""Build a snapshot from a dataset and the new rows that pass the checks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from textlab.data.dataset import Dataset
from textlab.data.preparation import DROPPED_COLUMNS, Preparation, Reason
from textlab.data.snapshots import Snapshot, write_snapshot
from textlab.retraining.rows.champion import Champion
from textlab.retraining.rows.copies import example_keys
from textlab.retraining.rows.examination import examine
from textlab.retraining.rows.parts import divide
from textlab.retraining.rows.reading import NewRows
from textlab.retraining.rows.review import held_lines
from textlab.retraining.rows.rules import Rules
from textlab.retraining.rows.verdicts import Verdicts, counts_by_origin
from textlab.sealing import Keys

BASE = "base"  # the origin of the rows that are not new


def build_snapshot(
    base: Dataset,
    new: Sequence[NewRows],
    champion: Champion,
    folder: Path,
    rules: Rules | None = None,
    *,
    decisions: Mapping[str, str] | None = None,
    keys: Keys | None = None,
) -> Snapshot:
    """Check new rows, and write the training data with those that pass as a snapshot.

    The base's test split is taken over unchanged, and so are the rows of its validation split; newly labelled rows may
    be added to validation. A training example that a person has given another label, by releasing the row, loses its
    old label. The same arguments give the same digest.

    Args:
        base: the dataset that the rows extend.
        new: the rows of each file, from `read_feedback` and `read_labelled`.
        champion: the promoted model, with the classes of the base.
        folder: the snapshot's folder, which appears only when it is complete.
        rules: the limits; None means the defaults.
        decisions: "release" or "reject" for the ids of rows that a person has decided about.
        keys: the keys that seal the inputs; None writes them in the clear.

    Raises:
        ValueError: the classes differ, or a file has none of the classes.
    """
    rules = Rules() if rules is None else rules
    verdicts = examine(base, new, champion, rules, decisions)
    accepted = verdicts.frame[verdicts.in_use].reset_index(drop=True)
    part = divide(accepted, base, rules)
    parts = {name: _as_examples(accepted[part == name], base) for name in ("train", "validation", "newest")}
    is_corrected = _is_corrected(base.train, accepted, base.inputs)
    old = base.train[~is_corrected]
    dataset = Dataset(
        f"snapshot of {base.name}",
        base.version,
        base.label_names,
        _joined(old, parts["train"]),
        _joined(base.validation, parts["validation"]),
        base.test.assign(origin=BASE),
        inputs=base.inputs,
        preparation=_preparation(verdicts, accepted[part == "newest"], base, is_corrected),
    )
    account = {
        "base": {"name": base.name, "digest": base.digest},
        "sources": [{"origin": each.origin, "rows": len(each.frame), "sha256": each.checksum} for each in new],
        "rules": vars(rules),
        "rows": {**{name: len(frame) for name, frame in dataset.splits()}, "newest": len(parts["newest"])},
        "added": counts_by_origin(accepted.assign(part=part), "part"),
        "left_out_counts": counts_by_origin(verdicts.frame[~verdicts.in_use], "reason"),
        "held": int(verdicts.frame["is_held"].sum()),
        "corrected": int(is_corrected.sum()),
    }
    return write_snapshot(folder, dataset, parts["newest"], held_lines(verdicts), account, keys)


def _as_examples(accepted: pd.DataFrame, base: Dataset) -> pd.DataFrame:
    """Return accepted rows with the columns of the base's frames and `origin`."""
    number_of = {name: number for number, name in enumerate(base.label_names)}
    frame = accepted[["id", *base.inputs, "label", "origin"]].assign(label=accepted["label"].map(number_of).astype(int))
    return frame.assign(tags="") if "tags" in base.train else frame


def _joined(old: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([old.assign(origin=BASE), added], ignore_index=True)


def _is_corrected(train: pd.DataFrame, accepted: pd.DataFrame, inputs: Sequence[str]) -> np.ndarray:
    """Return whether an accepted row has the inputs of each training row: a person has released another label."""
    corrected = set(example_keys(accepted, inputs))
    return np.array([key in corrected for key in example_keys(train, inputs)], dtype=bool)


def _preparation(verdicts: Verdicts, newest: pd.DataFrame, base: Dataset, is_corrected: np.ndarray) -> Preparation:
    """Return the account of the rows that are not in the splits, without their texts, which are private."""
    names = np.array(base.label_names, dtype=object)
    corrected = base.train[is_corrected]
    parts = [
        verdicts.frame[~verdicts.in_use],
        newest.assign(reason=str(Reason.NEWEST)),
        pd.DataFrame({"line": corrected["id"], "label": names[corrected["label"]], "reason": str(Reason.CORRECTED)}),
    ]
    rows = pd.concat([part[["line", "reason", "label"]] for part in parts], ignore_index=True).assign(text="")
    read = sum(len(frame) for _, frame in base.splits()) + len(verdicts.frame)
    columns = (base.preparation.group_column, base.preparation.time_column) if base.preparation else ("", "")
    return Preparation(read, rows[list(DROPPED_COLUMNS)], (), *columns)
