"""Check the columns of a user's table: texts, labels, ids and splits. Errors name the line."""

import logging
import re
from pathlib import Path

import pandas as pd

from textlab.concerns import Concern
from textlab.data.dataset import SPLITS

logger = logging.getLogger(__name__)

_SPLIT_NAMES = {name: name for name in SPLITS} | {
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
}
_INTEGER = re.compile(r"[+-]?\d+")


def examples(
    table: pd.DataFrame, path: Path, text: str, label: str, id_column: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows of a table as examples.

    Args:
        table: the table, indexed by line.
        path: its file, for messages.
        text, label, id_column: the names of its columns.

    Returns:
        A frame with the columns `id`, `text` and `label` (a class's number), and the names of the classes in order.

    Raises:
        ValueError: a column is missing, a cell is empty or of the wrong type, or there is only one class.
    """
    for column, option in ((text, "text"), (label, "label")):
        if column not in table:
            raise ValueError(
                f"{path} has no column '{column}'; it has {', '.join(map(str, table.columns))}. "
                f"Name the right one: 'file:{path}?{option}=...'."
            )
    labels = _labels(table[label], path, label)
    label_names = _in_order(set(labels))
    if len(label_names) < 2:
        raise ValueError(f"{path} has only the class '{label_names[0]}'. A classifier needs at least two.")
    _warn_of_look_alikes(label_names, path)
    number_of = {name: number for number, name in enumerate(label_names)}
    frame = pd.DataFrame(
        {
            "id": _ids(table, path, id_column),
            "text": _texts(table[text], path, text),
            "label": [number_of[name] for name in labels],
        },
        index=table.index,
    )
    return frame, label_names


def unlabelled(table: pd.DataFrame, label: str) -> pd.Series:
    """Return, for each line, whether the label is empty; no line is if the column is missing."""
    if label not in table:
        return pd.Series(False, index=table.index)
    return _is_empty(table[label])


def label_concerns(table: pd.DataFrame, label: str) -> list[Concern]:
    """Return what is unusual about the labels: mixed types, names that look alike, joined names."""
    return []


def _is_empty(column: pd.Series) -> pd.Series:
    return column.isna() | (column.astype(str).str.strip() == "")


def _labels(column: pd.Series, path: Path, name: str) -> list[str]:
    missing = _is_empty(column)
    if missing.any():
        raise ValueError(
            f"{path}, line {column.index[missing][0]}: the column '{name}' is empty. Fill it or remove the row."
        )
    integral = [int(value) if isinstance(value, float) and value.is_integer() else value for value in column]
    return [str(value).strip() for value in integral]


def _in_order(names: set[str]) -> tuple[str, ...]:
    if all(_INTEGER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _warn_of_look_alikes(label_names: tuple[str, ...], path: Path) -> None:
    alike: dict[str, list[str]] = {}
    for name in label_names:
        alike.setdefault(" ".join(name.casefold().split()), []).append(name)
    for group in alike.values():
        if len(group) > 1:
            logger.warning(
                "%s: the labels %s differ only in case or white space. Each is treated as a class of its own.",
                path,
                group,
            )


def _texts(column: pd.Series, path: Path, name: str) -> list[str]:
    values = [None if missing else value for value, missing in zip(column, column.isna(), strict=True)]
    for line, value in zip(column.index, values, strict=True):
        if value is not None and not isinstance(value, str):
            kind = type(value).__name__
            raise ValueError(f"{path}, line {line}: the column '{name}' holds a value of type {kind}. It must be text.")
    return [value or "" for value in values]


def _ids(table: pd.DataFrame, path: Path, column: str) -> list[str]:
    if column not in table:
        if column not in ("", "id"):
            raise ValueError(f"{path} has no column '{column}' for ids. It has {list(table.columns)}.")
        return [f"line-{line}" for line in table.index]
    ids = table[column].astype(str)
    empty = table[column].isna() | (ids.str.strip() == "")
    if empty.any():
        raise ValueError(
            f"{path}: the column '{column}' is empty {_places(ids.index[empty])}. Fill it, or use line numbers as "
            "ids (option id=)."
        )
    twice = ids.duplicated(keep=False)
    if twice.any():
        first = ids[twice].iloc[0]
        raise ValueError(f"{path}: the id '{first}' occurs {_places(ids.index[ids == first])}. Ids must be unique.")
    return ids.to_list()


def _places(lines: pd.Index) -> str:
    """Return the number of occurrences and the first lines, such as: "3 times, first in lines 2 and 7"."""
    if len(lines) == 1:
        return f"in line {lines[0]}"
    often = "twice, in" if len(lines) == 2 else f"{len(lines)} times, first in"
    return f"{often} lines {lines[0]} and {lines[1]}"


def split_names(table: pd.DataFrame, path: Path, column: str) -> pd.Series | None:
    """Return the split of each row; None if the table has no such column."""
    if column not in table:
        if column not in ("", "split"):
            raise ValueError(f"{path} has no column '{column}' for splits. It has {list(table.columns)}.")
        return None
    names = table[column].astype(str).str.strip().str.lower()
    unknown = ~names.isin(list(_SPLIT_NAMES))
    if unknown.any():
        line = names.index[unknown][0]
        raise ValueError(
            f"{path}, line {line}: the split is '{table.loc[line, column]}'. Write one of {', '.join(_SPLIT_NAMES)}."
        )
    return names.map(_SPLIT_NAMES)
