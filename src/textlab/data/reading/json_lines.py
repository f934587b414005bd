"""Read JSON lines strictly."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.reading.encodings import without_mark
from textlab.data.reading.places import located
from textlab.sealing import Keys, is_sealed, read_lines


def read_json_lines(path: Path, encoding: str) -> pd.DataFrame:
    """Read a file with one JSON object a line into a frame indexed by line. Empty lines are skipped.

    A sealed file is opened with the keys of the environment; its index counts the lines of its texts.

    Raises:
        SealError: the file is sealed and was changed, or its key is missing or another one. The message names the line.
        UnicodeDecodeError: the file has another encoding.
        ValueError: some lines are not valid JSON, or not objects. The message names them.
    """
    rows: dict[int, Any] = {}
    invalid: dict[int, json.JSONDecodeError] = {}
    for number, line in enumerate(_lines(path, without_mark(encoding)), start=1):
        if not line.strip():
            continue
        try:
            rows[number] = json.loads(line.rstrip())
        except json.JSONDecodeError as error:
            invalid[number] = error
        except RecursionError:
            raise ValueError(f"{path}, line {number} is nested too deeply. Write flat objects.") from None
    if invalid:
        raise _invalid(path, invalid)
    if others := [number for number, row in rows.items() if not isinstance(row, dict)]:
        verb = "is not an object" if len(others) == 1 else "are not objects"
        raise ValueError(f'{located(path, others)} {verb}. Write {{"text": ...}} with its other values.')
    # dtype=object, because inferred types would turn integers with a gap into floats.
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    values = {
        column: pd.Series([row.get(column) for row in rows.values()], list(rows), dtype=object) for column in columns
    }
    return pd.DataFrame(values, index=list(rows))


def _lines(path: Path, encoding: str) -> Iterator[str]:
    if is_sealed(path):
        yield from (line.decode(encoding) for line in read_lines(path, None, Keys.from_environment()))
        return
    with path.open(encoding=encoding, newline="\n") as handle:
        yield from handle


def _invalid(path: Path, invalid: dict[int, json.JSONDecodeError]) -> ValueError:
    line, error = next(iter(invalid.items()))
    if len(invalid) == 1:
        return ValueError(f"{path}, line {line}, character {error.colno}: {error.msg}. Write valid JSON.")
    return ValueError(
        f"{located(path, list(invalid))}: not valid JSON; the first has at character {error.colno}: {error.msg}. "
        "Write valid JSON."
    )
