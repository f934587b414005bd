"""Read new rows: the service's feedback, and files of newly labelled texts."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data import roles
from textlab.data.preparation import Reason
from textlab.data.reading import columns, labels, tables
from textlab.data.reading.files import checksum
from textlab.sealing import Keys, read_lines
from textlab.sealing.purposes import FEEDBACK

UNKNOWN_CALLER = "unknown"  # stands for the caller where the service did not record one


@dataclass(frozen=True, eq=False)
class NewRows:
    """The rows of one file.

    Attributes:
        origin: "feedback", or the name of a file of newly labelled texts.
        frame: a row per line: `id`, `origin`, `line`, `text`, the names of the classes `label` and `predicted`,
            `caller`, `time` in UTC, and `reason`, why the row cannot be used if reading has shown that already.
        checksum: the sha256 of the file's content; of a sealed file, that of what is sealed in it.
    """

    origin: str
    frame: pd.DataFrame
    checksum: str

    @property
    def is_feedback(self) -> bool:
        """Whether callers of the service gave the labels."""
        return self.origin == FEEDBACK


def read_feedback(path: Path, name: str, keys: Keys | None = None) -> NewRows:
    """Read the feedback that the service has collected.

    A line that is not a JSON object, and feedback on another model, get a reason and are not used.

    Args:
        path: the file feedback.jsonl, clear or sealed.
        name: the model's name.
        keys: the keys of a sealed file.

    Raises:
        FileNotFoundError: the file does not exist.
        SealError: a sealed record was changed or moved, or its key is missing.
        ValueError: the file has no lines, or no line is a JSON object with a text.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Name the service's file of feedback.")
    lines = list(read_lines(path, FEEDBACK, keys))
    rows = [_feedback_row(path, number, line, name) for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise ValueError(f"{path} has no lines. Wait for feedback, or name another file.")
    if all(row["reason"] == str(Reason.UNREADABLE) for row in rows):
        raise ValueError(f"{path}: no line is a JSON object with a text, in UTF-8. Name the service's feedback.jsonl.")
    frame = pd.DataFrame(rows)
    times = pd.to_datetime(frame["time"], unit="s", errors="coerce")
    return NewRows(FEEDBACK, frame.assign(time=times), hashlib.sha256(b"\n".join(lines)).hexdigest())


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
    # JSON may hold half a surrogate pair, which no encoding can write.
    texts = {
        key: found[key].encode("utf-8", "replace").decode()
        for key in ("text", "label", "predicted", "caller", "prediction_id")
        if isinstance(found.get(key), str)
    }
    identifier = texts.pop("prediction_id", None)
    time = found.get("time")
    row |= texts | {"time": time if isinstance(time, int | float) and not isinstance(time, bool) else None}
    row["reason"] = "" if found.get("model") in (None, name) else str(Reason.OTHER_MODEL)
    row["id"] = _identifier(FEEDBACK, row) if identifier is None else f"{FEEDBACK}-{identifier}"
    return row


def _identifier(origin: str, row: Mapping[Any, Any]) -> str:
    """Return an id that follows from the content, so that a decision about the row holds when files are read again."""
    content = json.dumps([row["text"], row["label"], row["caller"]])
    return f"{origin}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def read_labelled(path: Path) -> NewRows:
    """Read a file of newly labelled texts: .csv, .tsv, .parquet or .jsonl, with the columns `text` and `label`.

    A column such as `author` names the caller, and a column such as `date` the time, see `textlab.data.roles`.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: a row is broken, a column is missing, or the file has another encoding. The message names the line.
    """
    table = tables.read(path)
    if missing := [column for column in ("text", "label") if column not in table]:
        raise ValueError(
            f"{path} has no column {' and no column '.join(missing)}; it has {', '.join(map(str, table.columns))}. "
            "Rename the right column."
        )
    blank = columns.unlabelled(table, "label")
    known = table.index[~blank]
    names = pd.Series(labels.class_names(table.loc[known, "label"]), known, dtype=object)
    found = roles.find_roles(table, "", "", ("text", "label", "id", "split"), path)
    frame = pd.DataFrame(
        {
            "origin": path.name,
            "line": [f"{path.name}:{line}" for line in table.index],
            "text": table["text"].where(table["text"].notna(), "").astype(str),
            "label": names.reindex(table.index, fill_value=""),
            "predicted": "",
            "caller": table[found.group].astype(object).fillna("").astype(str) if found.group else "",
            "time": roles.read_times(table[found.time]) if found.time else pd.NaT,
            "reason": "",
        }
    )
    frame["id"] = [_identifier(path.stem, row) for row in frame.to_dict("records")]
    return NewRows(path.name, frame.reset_index(drop=True), checksum(path))
