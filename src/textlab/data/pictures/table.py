"""Add the pictures of a user's table to its examples, and decide about rows whose picture cannot be used."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.pictures.column import SHOWN, ColumnPictures, column_references
from textlab.data.preparation import Reason
from textlab.data.preparation_concerns import SERIOUS_SHARE
from textlab.data.preparation_log import PreparationLog

Unusable = Literal["refuse", "drop", "blank"]
IMAGE = "image"
FILE_ENDINGS = (".png", ".jpg", ".jpeg")


def holds_pictures(path: Path, column: str) -> bool:
    """Return whether the column of a table holds the pictures themselves, as only Parquet can."""
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError):
        return False  # reading the table says what is wrong
    place, types = schema.get_field_index(column), pa.types
    checks = (types.is_struct, types.is_binary, types.is_large_binary)
    return place >= 0 and any(is_type(schema.field(place).type) for is_type in checks)


def unread_column(table: pd.DataFrame) -> str:
    """Return the column of a table whose cells are names of PNG or JPEG files; "" if there is none."""
    for column in table:
        cells = table[column].dropna().head(100)
        if (
            len(cells)
            and cells.map(lambda cell: isinstance(cell, str) and cell.lower().endswith(FILE_ENDINGS)).mean() > 0.5
        ):
            return str(column)
    return ""


def held_cells(path: Path, column: str) -> Iterator[tuple[int, Any]]:
    """Yield the line and the value of each cell of a Parquet file's column, a few at a time."""
    import pyarrow.parquet as pq

    line = 0
    opened = pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)  # else whole groups of rows are in memory
    for batch in opened.iter_batches(batch_size=64, columns=[column], use_threads=False):
        for value in batch.column(0).to_pylist():
            line += 1
            yield line, value


def with_pictures(
    frame: pd.DataFrame, table: pd.DataFrame, path: Path, column: str, unusable: Unusable, log: PreparationLog
) -> pd.DataFrame:
    """Add the input `image` to examples: references to the pictures that a column names or holds.

    Args:
        frame: the examples, indexed by line.
        table: the table, indexed by line, with the column unless the file's own cells are to be read.
        path: its file.
        column: the column of pictures.
        unusable: what happens to rows whose picture is missing or broken: "refuse" is an error, "drop" drops them,
            "blank" keeps them without a picture.
        log: where dropped rows and concerns are recorded.

    Raises:
        ValueError: a picture is missing or broken, and `unusable` is "refuse".
    """
    if column in table:
        cells: Iterator[tuple[Any, Any]] = iter(table.loc[frame.index, column].items())
    else:
        wanted = set(frame.index)
        cells = (cell for cell in held_cells(path, column) if cell[0] in wanted)
    found = column_references(cells, path, count=len(frame))
    frame = frame.assign(**{IMAGE: list(found.references)})
    log.concerns += found.concerns
    if not found.problems:
        return frame
    if unusable == "refuse":
        raise ValueError(
            f"{path}: {found.finding('cannot be used')} Correct these rows, or leave them out (option pictures=drop), "
            "or keep them without a picture (pictures=blank)."
        )
    log.concerns.append(_concern(found, unusable))
    if unusable == "blank":
        return frame
    return log.drop(frame, frame.index.isin([problem.line for problem in found.problems]), Reason.UNUSABLE)


def _concern(found: ColumnPictures, unusable: Unusable) -> Concern:
    what = "cannot be used, so the rows were dropped" if unusable == "drop" else "cannot be used and count as missing"
    is_serious = len(found.problems) > SERIOUS_SHARE * len(found.references)
    advice = "Put the pictures in their places and load the data again."
    return Concern(ConcernKind.UNUSABLE_FILES, found.finding(what), advice, is_serious)


def check_one_picture(table: pd.DataFrame, path: Path, identifier: str, column: str) -> None:
    """Check that no article has several pictures.

    Raises:
        ValueError: an id occurs with different pictures.
    """
    if identifier not in table or column not in table:
        return
    ids, cells = table[identifier].astype(str), table[column].astype(str)
    pictures = cells.groupby(ids).nunique()
    if (several := pictures.index[pictures > 1]).empty:
        return
    of_article = cells[ids == several[0]].drop_duplicates()
    (line, picture), (other_line, other) = list(of_article.str[:SHOWN].items())[:2]
    raise ValueError(
        f"{path}: the article {several[0]!r} has two pictures, {picture!r} in line {line} and {other!r} in line "
        f"{other_line}. Keep one row, with the picture that shows it best, or give each row an id of its own."
    )
