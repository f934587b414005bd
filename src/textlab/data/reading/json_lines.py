"""Read JSON lines strictly."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.reading.encodings import without_mark
from textlab.data.reading.places import located


def read_json_lines(path: Path, encoding: str) -> pd.DataFrame:
    """Read a file with one JSON object a line into a frame indexed by line. Empty lines are skipped.

    Raises:
        UnicodeDecodeError: the file has another encoding.
        ValueError: some lines are not valid JSON, or not objects. The message names them.
    """
    rows: dict[int, Any] = {}
    invalid: dict[int, json.JSONDecodeError] = {}
    with path.open(encoding=without_mark(encoding), newline="\n") as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip():
                continue
            try:
                rows[number] = json.loads(line.rstrip())
            except json.JSONDecodeError as error:
                invalid[number] = error
    if invalid:
        raise _invalid(path, invalid)
    if others := [number for number, row in rows.items() if not isinstance(row, dict)]:
        verb = "is not an object" if len(others) == 1 else "are not objects"
        raise ValueError(f'{located(path, others)} {verb}. Write {{"text": ..., "label": ...}}.')
    # dtype=object, because inferred types would turn integers with a gap into floats.
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    values = {
        column: pd.Series([row.get(column) for row in rows.values()], list(rows), dtype=object) for column in columns
    }
    return pd.DataFrame(values, index=list(rows))


def _invalid(path: Path, invalid: dict[int, json.JSONDecodeError]) -> ValueError:
    line, error = next(iter(invalid.items()))
    if len(invalid) == 1:
        return ValueError(f"{path}, line {line}, character {error.colno}: {error.msg}. Write valid JSON.")
    return ValueError(
        f"{located(path, list(invalid))}: not valid JSON; the first has at character {error.colno}: {error.msg}. "
        "Write valid JSON."
    )
