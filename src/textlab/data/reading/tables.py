"""Read tables strictly: a broken row is an error that names its line; nothing is skipped or guessed."""

import codecs
import csv
import json
import logging
import re
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from textlab.concerns import Concern

logger = logging.getLogger(__name__)

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
DELIMITERS = {".csv": ",", ".tsv": "\t"}
_BYTE_ORDER_MARKS = {  # UTF-32 comes first, because its mark begins with UTF-16's mark
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read(path: Path, encoding: str = "utf-8", separator: str = "") -> pd.DataFrame:
    """Read a .csv, .tsv, .parquet or .jsonl file into a frame indexed by the line where each row starts.

    Cells of .csv and .tsv stay strings: "NA" is not a missing value and "007" not a number. Lone surrogates, which no
    encoding can write, become U+FFFD; the number of such cells is logged.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file has another ending or encoding, a broken row, or no rows.
    """
    readers: dict[str, Callable[[Path, str], pd.DataFrame]] = {
        ".csv": _read_separated,
        ".tsv": _read_separated,
        ".parquet": _read_parquet,
        ".jsonl": _read_json_lines,
    }
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path} ends in '{path.suffix}'. textlab reads {', '.join(readers)}.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Check the path.")
    try:
        frame = readers[path.suffix.lower()](path, encoding)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding, error) from error
    except LookupError as error:
        raise ValueError(f"{path}: {error}. Name an encoding that Python knows, such as utf-8.") from error
    if frame.empty:
        raise ValueError(f"{path} has no rows. Add some below the header.")
    return _without_lone_surrogates(frame, path)


def rows(
    path: Path, encoding: str = "utf-8", opened: Callable[..., Any] = open, separator: str = ""
) -> Generator[tuple[int, list[str]]]:
    """Yield the rows of a .csv or .tsv file, the header first, each with the line where it starts.

    Cells stay strings. Empty lines are skipped. The file is read lazily.

    Args:
        path: the file.
        encoding: its encoding.
        opened: a function with the parameters of `open` that opens it.
        separator: the separator; "" recognises it.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file has another ending or encoding, or a broken row.
    """
    if path.suffix.lower() not in DELIMITERS:
        raise ValueError(f"{path} ends in '{path.suffix}'. textlab reads {', '.join(DELIMITERS)}.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Check the path.")
    # Not pandas: it fills short rows with missing values, and it counts records instead of lines.
    csv.field_size_limit(sys.maxsize)
    header: list[str] = []
    line = 1
    try:
        is_plain = path.suffix.lower() == ".tsv" and _is_unquoted(path, encoding)
        quoting: Literal[0, 3] = csv.QUOTE_NONE if is_plain else csv.QUOTE_MINIMAL
        with opened(path, "r", encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as handle:
            reader = csv.reader(handle, delimiter=DELIMITERS[path.suffix.lower()], quoting=quoting, strict=True)
            for row in reader:
                if row and not header:
                    header = _checked_header(row, path)
                    yield line, header
                elif row:
                    _check_width(row, header, path, line)
                    yield line, row
                line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{path}, line {line}: {error}. Check the quotes from there on.") from error
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding, error) from error


def concerns(table: pd.DataFrame, path: Path, encoding: str) -> list[Concern]:
    """Return what is unusual about the cells of a table: cells of many lines, control characters, broken UTF-8."""
    return []


def _wrong_encoding(path: Path, encoding: str, error: UnicodeDecodeError) -> ValueError:
    return ValueError(f"{path} is not {encoding} ({error.reason}). {_encoding_advice(path)}")


def _encoding_advice(path: Path) -> str:
    with path.open("rb") as handle:
        start = handle.read(4)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return f"It begins with the byte order mark of {encoding.upper()}. Name that encoding: encoding={encoding}."
    return "Save it as UTF-8, or name its encoding: encoding=latin-1 or encoding=cp1252."


def _without_lone_surrogates(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    for place, column in enumerate(frame):
        values = frame[column].to_list()
        lone = [row for row, value in enumerate(values) if isinstance(value, str) and _LONE_SURROGATE.search(value)]
        if not lone:
            continue
        for row in lone:
            frame.iat[row, place] = _LONE_SURROGATE.sub("\ufffd", values[row])
        logger.warning(
            "%s: %d cell(s) of the column '%s' had lone surrogates, which are now U+FFFD; the first is in line %s.",
            path,
            len(lone),
            column,
            frame.index[lone[0]],
        )
    return frame


def _is_unquoted(path: Path, encoding: str) -> bool:
    """Return whether quotes in a .tsv file are plain text.

    They are if every line has all its cells without quoting, and some cell begins with a quote that does not enclose
    it.
    """
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as handle:
        width, opened = 0, False
        for row in csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            width = width or len(row)
            if row and len(row) != width:
                return False
            opened = opened or any(cell.startswith('"') and not _QUOTED.fullmatch(cell) for cell in row)
    return opened


def _read_separated(path: Path, encoding: str) -> pd.DataFrame:
    table = list(rows(path, encoding))
    header = table[0][1] if table else []
    return pd.DataFrame(
        [row for _, row in table[1:]], columns=header, index=[line for line, _ in table[1:]], dtype=object
    )


def _checked_header(header: list[str], path: Path) -> list[str]:
    names = [name.strip() for name in header]
    if len(set(names)) < len(names):
        raise ValueError(f"{path}, line 1: two columns have the same name in {names}. Rename one.")
    return names


def _check_width(row: list[str], header: list[str], path: Path, line: int) -> None:
    if len(row) != len(header):
        raise ValueError(
            f"{path}, line {line}: the row has {len(row)} cells, and the header has {len(header)}: "
            f"{', '.join(header)}. Put a text that contains the separator in double quotes."
        )


def _read_json_lines(path: Path, encoding: str) -> pd.DataFrame:
    rows, lines = [], []
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="\n") as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.rstrip())
            except json.JSONDecodeError as error:
                raise ValueError(
                    f"{path}, line {number}, character {error.colno}: {error.msg}. Write valid JSON."
                ) from error
            if not isinstance(row, dict):
                raise ValueError(f'{path}, line {number} is not an object. Write {{"text": ..., "label": ...}}.')
            rows.append(row)
            lines.append(number)
    # dtype=object, because inferred types would turn integers with a gap into floats.
    columns = list(dict.fromkeys(key for row in rows for key in row))
    values = {column: pd.Series([row.get(column) for row in rows], lines, dtype=object) for column in columns}
    return pd.DataFrame(values, index=lines)


def _read_parquet(path: Path, encoding: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:  # pyarrow's own errors are ValueErrors
        raise ValueError(f"{path} is not a readable Parquet file: {error}") from error
    return frame.set_axis(range(1, len(frame) + 1), axis="index")
