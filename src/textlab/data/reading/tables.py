"""Read tables strictly: a broken row is an error that names its line; nothing is skipped or guessed."""

import codecs
import csv
import logging
import re
import sys
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from textlab.concerns import Concern
from textlab.data.reading import separators
from textlab.data.reading.characters import character_concerns
from textlab.data.reading.encodings import check_start, without_mark, wrong_encoding
from textlab.data.reading.json_lines import read_json_lines
from textlab.data.reading.long_cells import long_cell_concerns, long_cells, watched
from textlab.data.reading.places import located
from textlab.sealing import is_sealed

logger = logging.getLogger(__name__)

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_Rows = Iterator[tuple[int, list[str]]]
DELIMITERS = separators.BY_ENDING


def read(path: Path, encoding: str = "utf-8", separator: str = "", without: str = "") -> pd.DataFrame:
    """Read a .csv, .tsv, .parquet or .jsonl file into a frame indexed by the line where each row starts.

    Cells of .csv and .tsv stay strings: "NA" is not a missing value and "007" not a number. Lone surrogates, which no
    encoding can write, become U+FFFD; the number of such cells is logged.

    Args:
        path: the file.
        encoding: its encoding.
        separator: the separator of a .csv or .tsv file, or its name; "" recognises it.
        without: a column of a .parquet file that is not read.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file has another ending or encoding, broken rows, or no rows; the message names their lines.
        SealError: the file is sealed and was changed, or its key is missing or another one.
    """
    readers: dict[str, Callable[[Path, str], pd.DataFrame]] = {
        ".csv": partial(_read_separated, separator=separator),
        ".tsv": partial(_read_separated, separator=separator),
        ".parquet": partial(_read_parquet, without=without),
        ".jsonl": read_json_lines,
    }
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path} ends in '{path.suffix}'. textlab reads {', '.join(readers)}.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Check the path.")
    if path.suffix.lower() != ".jsonl" and is_sealed(path):
        raise ValueError(f"{path} is sealed. textlab reads sealed .jsonl files only: python -m textlab unseal {path}")
    try:
        frame = readers[path.suffix.lower()](path, encoding)
    except UnicodeError as error:
        raise wrong_encoding(path, encoding, error) from error
    except LookupError as error:
        raise _unknown_encoding(path, error) from error
    if frame.empty:
        raise ValueError(f"{path} has no rows. Add some below the header.")
    return _without_lone_surrogates(frame, path)


def rows(
    path: Path, encoding: str = "utf-8", opened: Callable[..., Any] = open, separator: str = ""
) -> Generator[tuple[int, list[str]]]:
    """Yield the rows of a .csv or .tsv file, the header first, each with the line where it starts.

    Cells stay strings. Empty lines are skipped. The file is read lazily. A separator that is not the one of the
    file's ending is logged, and so is a cell of many lines. After a row with a wrong number of cells, no row follows.

    Args:
        path: the file.
        encoding: its encoding.
        opened: a function with the parameters of `open` that opens it.
        separator: the separator, or its name; "" recognises it.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file has another ending or encoding, or broken rows; the message names their lines.
    """
    if path.suffix.lower() not in DELIMITERS:
        raise ValueError(f"{path} ends in '{path.suffix}'. textlab reads {', '.join(DELIMITERS)}.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Check the path.")
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise _unknown_encoding(path, error) from error
    yield from _rows(path, encoding, opened, separator, watch=watched)


def _unknown_encoding(path: Path, error: LookupError) -> ValueError:
    return ValueError(f"{path}: {error}. Name an encoding that Python knows, such as utf-8.")


def _rows(
    path: Path,
    encoding: str,
    opened: Callable[..., Any],
    separator: str,
    watch: Callable[[_Rows, Path, str], _Rows] = lambda rows, path, separator: rows,
) -> _Rows:
    csv.field_size_limit(sys.maxsize)
    check_start(path, encoding)
    try:
        delimiter = separators.parse(separator) if separator else _recognised(path, encoding)
        is_plain = delimiter == "\t" and _is_unquoted(path, encoding)
        quoting: Literal[0, 3] = csv.QUOTE_NONE if is_plain else csv.QUOTE_MINIMAL
        with opened(path, "r", encoding=without_mark(encoding), newline="") as handle:
            # Not pandas: it fills short rows with missing values, and it counts records instead of lines.
            reader = csv.reader(handle, delimiter=delimiter, quoting=quoting, strict=True)
            yield from watch(_of_equal_width(_numbered(reader, path), path), path, delimiter)
    except UnicodeError as error:
        raise wrong_encoding(path, encoding, error) from error


def _recognised(path: Path, encoding: str) -> str:
    separator = separators.recognise(path, encoding)
    if separator != DELIMITERS[path.suffix.lower()]:
        logger.warning(
            "%s is read with the separator %s. To name it: %s.",
            path,
            separators.shown(separator),
            separators.option(separator),
        )
    return separator


def _numbered(reader: Any, path: Path) -> _Rows:
    """Yield the rows that are not empty, each with the line where it starts; leave out Excel's first line "sep=;"."""
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise ValueError(f"{path}, line {line}: {_explained(error)}. Check the quotes from there on.") from error
        if row is None:
            return
        if row and not (line == 1 and row in (["sep=", ""], ["sep=,"])):
            yield line, row
        line = reader.line_num + 1


def _explained(error: csv.Error) -> str:
    return "a quoted cell is never closed" if "unexpected end of data" in str(error) else str(error)


def _of_equal_width(numbered: _Rows, path: Path) -> _Rows:
    """Yield the rows up to the first that has not as many cells as the header; the error then names all such rows."""
    header: list[str] = []
    broken: dict[int, int] = {}
    for line, row in numbered:
        if not header:
            header = _checked_header(row, path)
            yield line, header
        elif len(row) != len(header):
            broken[line] = len(row)
        elif not broken:
            yield line, row
    if broken:
        raise _wrong_width(path, broken, header)


def _wrong_width(path: Path, broken: dict[int, int], header: list[str]) -> ValueError:
    lines, widths = list(broken), sorted(set(broken.values()))
    found = f"{' or '.join(map(str, widths[:3]))} cell{'s' * (widths != [1])}"
    return ValueError(
        f"{located(path, lines)}: {found} in place of the header's {len(header)}: "
        f"{', '.join(header)}. Put a text that contains the separator in double quotes."
    )


def concerns(table: pd.DataFrame, path: Path, encoding: str, separator: str = "") -> list[Concern]:
    """Return what is unusual about the cells of a table, and log it.

    A cell may span many lines because of a missing quote, and some characters show that the encoding is another one.

    Args:
        table: the table, from `read`.
        path: its file.
        encoding, separator: the options that it was read with.
    """
    found = character_concerns(table, encoding)
    if path.suffix.lower() in DELIMITERS:
        delimiter = separators.parse(separator) if separator else separators.recognise(path, encoding)
        found = long_cell_concerns(long_cells(table, delimiter)) + found
    for concern in found:
        logger.warning("%s: %s", path, concern.text)
    return found


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
    with path.open(encoding=without_mark(encoding), newline="") as handle:
        width, opened = 0, False
        for row in csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            width = width or len(row)
            if row and len(row) != width:
                return False
            opened = opened or any(cell.startswith('"') and not _QUOTED.fullmatch(cell) for cell in row)
    return opened


def _read_separated(path: Path, encoding: str, separator: str) -> pd.DataFrame:
    table = list(_rows(path, encoding, open, separator))
    header = table[0][1] if table else []
    return pd.DataFrame(
        [row for _, row in table[1:]], columns=header, index=[line for line, _ in table[1:]], dtype=object
    )


def _checked_header(header: list[str], path: Path) -> list[str]:
    names = [name.strip() for name in header]
    if len(set(names)) < len(names):
        raise ValueError(f"{path}, line 1: two columns have the same name in {names}. Rename one.")
    return names


def _read_parquet(path: Path, encoding: str, without: str) -> pd.DataFrame:
    import pyarrow.parquet as pq

    try:
        kept = [name for name in pq.read_schema(path).names if name != without] if without else None
        frame = pd.read_parquet(path, columns=kept)
    except (ValueError, OSError) as error:  # pyarrow's own errors are ValueErrors
        raise ValueError(f"{path} is not a readable Parquet file: {error}") from error
    return frame.set_axis(range(1, len(frame) + 1), axis="index")
