"""Read new rows: the service's feedback, and files of newly labelled examples.

A line of feedback has each input by its name, or, where the service kept only its identity, such as the sha256 of a
picture, as `<name>_sha256`. Such a value is looked up among the values of the dataset.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data import roles
from textlab.data.dataset import Dataset
from textlab.data.examples import TEXT_ONLY
from textlab.data.preparation import Reason
from textlab.data.reading import columns, labels, tables
from textlab.data.reading.cells import column_values
from textlab.data.reading.files import checksum
from textlab.inputs import ReceivedError, kind_of
from textlab.sealing import Keys, read_lines
from textlab.sealing.purposes import FEEDBACK

UNKNOWN_CALLER = "unknown"  # stands for the caller where the service did not record one
IDENTITY = "_sha256"
Known = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, eq=False)
class NewRows:
    """The rows of one file.

    Attributes:
        origin: "feedback", or the name of a file of newly labelled examples.
        frame: a row per line: `id`, `origin`, `line`, a column per input, the names of the classes `label` and
            `predicted`, `caller`, `time` in UTC, and `reason`, why the row cannot be used if reading has shown that
            already.
        checksum: the sha256 of the file's content; of a sealed file, that of what is sealed in it.
    """

    origin: str
    frame: pd.DataFrame
    checksum: str

    @property
    def is_feedback(self) -> bool:
        """Whether callers of the service gave the labels."""
        return self.origin == FEEDBACK


def known_values(base: Dataset) -> Known:
    """Return the values of each input by their identity, for inputs whose values are known by another name."""
    known: dict[str, dict[str, str]] = {}
    for name in base.inputs:
        kind = kind_of(name)
        values = [value for _, frame in base.splits() for value in frame[name] if not kind.is_blank(value)]
        known[name] = {kind.identity(value): value for value in values} if kind.is_binary else {}
    return known


def read_feedback(
    path: Path, name: str, keys: Keys | None = None, inputs: Sequence[str] = TEXT_ONLY, known: Known | None = None
) -> NewRows:
    """Read the feedback that the service has collected.

    A line that is not a JSON object, feedback on another model, and a line of which an input was not kept get a reason
    and are not used.

    Args:
        path: the file feedback.jsonl, clear or sealed.
        name: the model's name.
        keys: the keys of a sealed file.
        inputs: the inputs of the dataset that the rows are to extend.
        known: its values, from `known_values`.

    Raises:
        FileNotFoundError: the file does not exist.
        SealError: a sealed record was changed or moved, or its key is missing.
        ValueError: the file has no lines, or no line is a JSON object with an input.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Name the service's file of feedback.")
    lines = list(read_lines(path, FEEDBACK, keys))
    rows = [
        _feedback_row(f"{path.name}:{number}", line, name, inputs, known or {})
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not rows:
        raise ValueError(f"{path} has no lines. Wait for feedback, or name another file.")
    if all(row["reason"] == str(Reason.UNREADABLE) for row in rows):
        raise ValueError(
            f"{path}: no line is a JSON object with a {' or a '.join(kind_of(each).name for each in inputs)}, in "
            "UTF-8. Name the service's feedback.jsonl."
        )
    frame = pd.DataFrame(rows)
    times = pd.to_datetime(frame["time"], unit="s", errors="coerce")
    return NewRows(FEEDBACK, frame.assign(time=times), hashlib.sha256(b"\n".join(lines)).hexdigest())


def _feedback_row(place: str, line: bytes, name: str, inputs: Sequence[str], known: Known) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "",
        "origin": FEEDBACK,
        "line": place,
        **dict.fromkeys(inputs, ""),
        "label": "",
        "predicted": "",
        "caller": UNKNOWN_CALLER,
        "time": None,
        "reason": str(Reason.UNREADABLE),
    }
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return row
    if not isinstance(found, Mapping) or not any(_is_given(found, each) for each in inputs):
        return row
    # JSON may hold half a surrogate pair, which no encoding can write.
    texts = {
        key: found[key].encode("utf-8", "replace").decode()
        for key in ("label", "predicted", "caller", "prediction_id")
        if isinstance(found.get(key), str)
    }
    identifier = texts.pop("prediction_id", "")  # the service writes "" if the feedback named no prediction
    time = found.get("time")
    row |= texts | {"time": time if isinstance(time, int | float) and not isinstance(time, bool) else None}
    row["reason"] = "" if found.get("model") in (None, name) else str(Reason.OTHER_MODEL)
    for each in inputs:
        row[each], reason = _value(found, each, known.get(each, {}))
        row["reason"] = row["reason"] or reason
    row["id"] = f"{FEEDBACK}-{identifier}" if identifier else _identifier(FEEDBACK, row, inputs)
    return row


def _is_given(found: Mapping[Any, Any], name: str) -> bool:
    return isinstance(found.get(name), str) or isinstance(found.get(name + IDENTITY), str)


def _value(found: Mapping[Any, Any], name: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Return the value of an input of a line, and the reason why it cannot be used; both may be empty."""
    if isinstance(found.get(name), str):
        try:
            return kind_of(name).kept(found[name]), ""
        except ReceivedError:
            return "", str(Reason.UNREADABLE_INPUT)
    identity = found.get(name + IDENTITY)
    if not identity:
        return "", ""
    value = known.get(identity, "") if isinstance(identity, str) else ""
    return value, "" if value else str(Reason.NOT_KEPT)


def _identifier(origin: str, row: Mapping[Any, Any], inputs: Sequence[str]) -> str:
    """Return an id that follows from the content, so that a decision about the row holds when files are read again."""
    content = json.dumps([*(kind_of(name).identity(row[name]) for name in inputs), row["label"], row["caller"]])
    return f"{origin}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def read_labelled(path: Path, inputs: Sequence[str] = TEXT_ONLY) -> NewRows:
    """Read a file of newly labelled examples: .csv, .tsv, .parquet or .jsonl, with a column per input and `label`.

    A column such as `author` names the caller, and a column such as `date` the time, see `textlab.data.roles`. Cells of
    pictures hold paths, relative to the file's folder.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: a row is broken, a column is missing, or the file has another encoding. The message names the line.
    """
    table = tables.read(path)
    if missing := [column for column in (*inputs, "label") if column not in table]:
        raise ValueError(
            f"{path} has no column {' and no column '.join(missing)}; it has {', '.join(map(str, table.columns))}. "
            "Rename the right column."
        )
    blank = columns.unlabelled(table, "label")
    known = table.index[~blank]
    names = pd.Series(labels.class_names(table.loc[known, "label"]), known, dtype=object)
    found = roles.find_roles(table, "", "", (*inputs, "label", "id", "split"), path)
    frame = pd.DataFrame(
        {
            "origin": path.name,
            "line": [f"{path.name}:{line}" for line in table.index],
            **{name: column_values(table[name], name, path) for name in inputs},
            "label": names.reindex(table.index, fill_value=""),
            "predicted": "",
            "caller": table[found.group].astype(object).fillna("").astype(str) if found.group else "",
            "time": roles.read_times(table[found.time]) if found.time else pd.NaT,
            "reason": "",
        }
    )
    frame["id"] = [_identifier(path.stem, row, inputs) for row in frame.to_dict("records")]
    return NewRows(path.name, frame.reset_index(drop=True), checksum(path))
