"""Read new rows: the service's feedback, and files of newly labelled texts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data import roles
from textlab.data.preparation import Reason
from textlab.data.reading import columns, labels, tables
from textlab.data.reading.files import checksum

FEEDBACK = "feedback"
UNKNOWN_CALLER = "unknown"  # of lines that the service wrote before it recorded callers
COLUMNS = ("id", "origin", "line", "label", "predicted", "caller", "time", "reason")


@dataclass(frozen=True, eq=False)
class NewRows:
    """The rows of one file.

    Attributes:
        origin: "feedback", or the name of a file of newly labelled texts.
        frame: a row per line, with the inputs and the columns of `COLUMNS`: `label` and `predicted` are names of
            classes, `time` is in UTC, and `reason` says why the row cannot be used, if reading has shown that already.
        checksum: the sha256 of the file.
    """

    origin: str
    frame: pd.DataFrame
    checksum: str

    @property
    def is_feedback(self) -> bool:
        """Whether callers of the service gave the labels."""
        return self.origin == FEEDBACK


def read_feedback(path: Path, name: str, keys: Any = None) -> NewRows:
    """Read the feedback that the service has collected.

    A line that is not a JSON object, and feedback on another model, get a reason and are not used.

    Args:
        path: the file feedback.jsonl, clear or sealed.
        name: the model's name.
        keys: the keys of a sealed file.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file has no lines, is not in UTF-8, or cannot be opened with the keys.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no feedback in {path}. Name the service's file with --feedback.")
    rows = [_feedback_row(path, number, line, name) for number, line in enumerate(_lines(path), 1) if line.strip()]
    if not rows:
        raise ValueError(f"{path} has no lines. Wait for feedback, or name another file.")
    frame = pd.DataFrame(rows)
    return NewRows(
        FEEDBACK, frame.assign(time=pd.to_datetime(frame["time"], unit="s", errors="coerce")), checksum(path)
    )


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")


def _feedback_row(path: Path, number: int, line: bytes, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": "",
        "origin": FEEDBACK,
        "line": f"{path.name}:{number}",
        "text": "",
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
    if not isinstance(found, Mapping) or not isinstance(found.get("text"), str):
        return row
    texts = {key: found[key] for key in ("text", "label", "predicted", "caller") if isinstance(found.get(key), str)}
    time = found.get("time")
    row |= texts | {"time": time if isinstance(time, int | float) and not isinstance(time, bool) else None}
    row["reason"] = "" if found.get("model") in (None, name) else str(Reason.OTHER_MODEL)
    identifier = found.get("prediction_id")
    row["id"] = f"{FEEDBACK}-{identifier}" if isinstance(identifier, str) else _identifier(FEEDBACK, row, ["text"])
    return row


def _identifier(origin: str, row: Mapping[str, Any], inputs: Sequence[str]) -> str:
    content = json.dumps([*(row[column] for column in inputs), row["label"], row["caller"]])
    return f"{origin}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def read_labelled(path: Path, inputs: Sequence[str], keys: Any = None) -> NewRows:
    """Read a file of newly labelled texts: .csv, .tsv, .parquet or .jsonl, with a column per input and `label`.

    A column such as `author` is the caller, and a column such as `date` the time of each row, see `textlab.data.roles`.

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
    names = pd.Series("", table.index, dtype=object)
    names[~blank] = labels.class_names(table.loc[~blank, "label"])
    found = roles.find_roles(table, "", "", (*inputs, "label", "id", "split"), path)
    frame = pd.DataFrame({column: table[column].where(table[column].notna(), "").astype(str) for column in inputs})
    frame = frame.assign(
        origin=path.name,
        line=[f"{path.name}:{line}" for line in table.index],
        label=names,
        predicted="",
        caller=table[found.group].astype(str) if found.group else "",
        time=roles.read_times(table[found.time]) if found.time else pd.NaT,
        reason="",
    )
    frame["id"] = [_identifier(path.stem, row, inputs) for row in frame.to_dict("records")]
    return NewRows(path.name, frame.reset_index(drop=True), checksum(path))
