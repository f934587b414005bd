"""Right labels that people have given since: feedback on predictions, and files of newly labelled examples."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.monitoring.traffic import Traffic
from textlab.sealing import Keys, read_lines
from textlab.sealing.purposes import FEEDBACK

PREDICTION_ID = "prediction_id"
Predict = Callable[[pd.DataFrame], np.ndarray]


@dataclass(frozen=True, eq=False)
class Judgements:
    """Predictions whose right label is known.

    Attributes:
        labels, predicted: int (m,), the right and the predicted class.
        callers: str (m,), who gave each label; None if the examples are independent of each other.
        right: float (m,), the estimated probability that each prediction is right; None if there is no estimate.
        skipped: for each reason, in words, the number of labels that were not used.
    """

    labels: np.ndarray
    predicted: np.ndarray
    callers: np.ndarray | None
    right: np.ndarray | None
    skipped: dict[str, int]


def read_feedback(
    path: Path, traffic: Traffic, version: int, since: float, right: np.ndarray | None, keys: Keys | None = None
) -> tuple[Judgements, Judgements]:
    """Read the feedback on the predictions of a look, and the earlier feedback on the same version.

    Args:
        path: the file of feedback, sealed or in the clear.
        traffic: the predictions; feedback on them is found by prediction id.
        version: the model's version.
        since: the start of the window, in seconds since 1970. Feedback received before it is earlier.
        right: float (n,), the estimated probability that each prediction of `traffic` is right.
        keys: the keys that open a sealed file.

    Returns:
        The judgements on predictions in `traffic`, and earlier ones.

    Raises:
        FileNotFoundError: the file does not exist.
        SealError: a record was changed or moved, or its key is missing.
    """
    positions = {identifier: row for row, identifier in enumerate(traffic.ids.tolist())}
    places = {name: label for label, name in enumerate(traffic.label_names)}
    now, before, rows = _Collected(), _Collected(), []
    for line in read_lines(path, FEEDBACK, keys):
        found = _feedback_line(line)
        if found is None:
            now.skipped["a broken line"] += 1
        elif found.get("model") != traffic.name or found.get("version") != version:
            now.skipped["another model or version"] += 1
        elif found["label"] not in places or found["predicted"] not in places:
            now.skipped["an unknown label"] += 1
        elif found[PREDICTION_ID] in positions:
            rows.append(positions.pop(found[PREDICTION_ID]))  # the first feedback on a prediction counts
            now.add(places[found["label"]], places[found["predicted"]], found["caller"])
        elif found["time"] < since:
            before.add(places[found["label"]], places[found["predicted"]], found["caller"])
        else:
            now.skipped["a prediction that was not recorded"] += 1
    return now.judgements(None if right is None else right[rows]), before.judgements(None)


def read_labelled(
    path: Path, traffic: Traffic, predict: Predict, inputs: Sequence[str], right: np.ndarray | None
) -> Judgements:
    """Read a file of newly labelled examples, and join it with predictions of a look or predict again.

    Args:
        path: a .csv, .tsv, .parquet or .jsonl file with the column `label`, and either `prediction_id`, for predictions
            in `traffic`, or the model's inputs.
        traffic: the predictions of the look.
        predict: returns the champion's probabilities of examples.
        inputs: the columns that the model reads.
        right: float (n,), the estimated probability that each prediction of `traffic` is right.

    Raises:
        FileNotFoundError, ValueError: the file is missing or broken, lacks a column, or holds an unknown label.
    """
    table, labels, skipped = _labelled_rows(path, inputs, traffic.label_names)
    if PREDICTION_ID not in table:
        predicted = predict(table).argmax(axis=1) if len(table) else np.zeros(0, int)
        return Judgements(labels, predicted, None, None, skipped)
    positions = pd.Series(np.arange(len(traffic)), index=traffic.ids)
    rows = table[PREDICTION_ID].astype(str).map(positions)
    known = rows.notna().to_numpy() & ~table.duplicated(PREDICTION_ID).to_numpy()
    joined = rows[known].to_numpy(int)
    if not known.all():
        skipped["a prediction that is not in the window"] = int((~known).sum())
    return Judgements(
        labels[known],
        traffic.probabilities[joined].argmax(axis=1),
        None,
        None if right is None else right[joined],
        skipped,
    )


def _labelled_rows(
    path: Path, inputs: Sequence[str], label_names: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray, dict[str, int]]:
    """Read the rows that have a label: the table, the classes, int (m,), and what was left out."""
    from textlab.data.reading import tables
    from textlab.data.reading.labels import class_names, unlabelled

    table = tables.read(path)
    needed = ["label", *([PREDICTION_ID] if PREDICTION_ID in table else inputs)]
    if missing := [name for name in needed if name not in table]:
        raise ValueError(
            f"{path} has no column {' and no column '.join(missing)}. Give it the columns label and {PREDICTION_ID}, "
            f"or label and {', '.join(inputs)}."
        )
    blank = unlabelled(table, "label")
    names = class_names(table.loc[~blank, "label"])
    places = {name: label for label, name in enumerate(label_names)}
    if unknown := sorted(set(names) - set(places))[:3]:
        raise ValueError(
            f"{path} holds the label {', '.join(unknown)}, and the model's labels are {', '.join(label_names)}. "
            "Correct the file."
        )
    skipped = {"an example without a label": int(blank.sum())} if blank.any() else {}
    return table[~blank], np.array([places[name] for name in names], int), skipped


class _Collected:
    """Judgements while lines are read."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, str]] = []
        self.skipped: Counter[str] = Counter()

    def add(self, label: int, predicted: int, caller: str) -> None:
        self.rows.append((label, predicted, caller))

    def judgements(self, right: np.ndarray | None) -> Judgements:
        labels, predicted, callers = zip(*self.rows, strict=True) if self.rows else ((), (), ())
        return Judgements(
            np.array(labels, int), np.array(predicted, int), np.array(callers, str), right, dict(self.skipped)
        )


def _feedback_line(line: bytes) -> dict[str, Any] | None:
    """Return the fields of a line of feedback, None if it is broken."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    found.setdefault("caller", "")  # a file of an older service does not name it
    kinds = {"label": str, "predicted": str, PREDICTION_ID: str, "caller": str, "time": int | float}
    return found if all(isinstance(found.get(name), kind) for name, kind in kinds.items()) else None
