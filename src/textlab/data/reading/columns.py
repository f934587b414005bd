"""Check the columns of a user's table: texts, labels, ids and splits. Errors name the line."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from textlab.data.reading import separators
from textlab.data.reading.label_sets import label_set_concerns, label_sets, spelled_list
from textlab.data.reading.labels import SHOWN, class_names, in_order, kind_of, label_concerns, unlabelled
from textlab.data.reading.places import located
from textlab.data.task_dataset import SPLITS

__all__ = ["examples", "label_concerns", "split_names", "unknown_column", "unlabelled"]

logger = logging.getLogger(__name__)

_SPLIT_NAMES = {name: name for name in SPLITS} | {
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
}


def examples(
    table: pd.DataFrame, path: Path, text: str, label: str, id_column: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows of a table as examples.

    Args:
        table: the table, indexed by line.
        path: its file, for messages.
        text, label, id_column: the names of its columns; no `text` for examples that are read from another column.

    Returns:
        A frame with the columns `id`, `text` (if there is one) and `label` (a class's number), and the names of the
        classes in order.

    Raises:
        ValueError: a column is missing, a cell is empty or of the wrong type, or there is only one class.
    """
    named = {"text": text, "label": label} if text else {"label": label}
    if missing := {option: column for option, column in named.items() if column not in table}:
        raise _missing(table, path, missing, text)
    labels = _labels(table[label], path, label)
    label_names = in_order(set(labels))
    if len(label_names) < 2:
        raise ValueError(f"{path} has only the class '{label_names[0]}'. A classifier needs at least two.")
    for concern in label_concerns(table, label):
        logger.warning("%s: %s", path, concern.text)
    number_of = {name: number for number, name in enumerate(label_names)}
    return _frame(table, path, text, id_column, [number_of[name] for name in labels]), label_names


def label_set_examples(
    table: pd.DataFrame, path: Path, text: str, stated: Sequence[str], separator: str, id_column: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows of a table as examples with several labels each.

    Args:
        table, path, text, id_column: as in `examples`.
        stated, separator: see `label_sets.label_sets`.

    Returns:
        A frame with the columns `id`, `text` (if there is one) and `label` (a tuple of numbers), and the names of the
        labels in order.

    Raises:
        ValueError: as in `examples`, or the labels cannot be read.
    """
    if text and text not in table:
        raise _missing(table, path, {"text": text}, text)
    sets, label_names = label_sets(table, path, stated, separator)
    if len(label_names) < 2:
        raise ValueError(
            f"{path} has the label(s) {', '.join(label_names) or 'none'} alone. Several labels per text need at least "
            "two; for one label, use label= in place of labels=."
        )
    for concern in label_set_concerns(sets, label_names):
        logger.warning("%s: %s", path, concern.text)
    return _frame(table, path, text, id_column, sets), label_names


def _frame(table: pd.DataFrame, path: Path, text: str, id_column: str, labels: Sequence[Any]) -> pd.DataFrame:
    columns = {"id": _ids(table, path, id_column), **({"text": _texts(table[text], path, text)} if text else {})}
    return pd.DataFrame(columns, index=table.index).assign(label=pd.Series(labels, table.index, dtype=_kind(labels)))


def _kind(labels: Sequence[Any]) -> type:
    return object if isinstance(labels[0], tuple) else int


def _missing(table: pd.DataFrame, path: Path, missing: dict[str, str], text: str) -> ValueError:
    """Return an error that names the missing columns, given as option and name, and how to name the right ones."""
    names = [str(name) for name in table.columns]
    absent = " and no column ".join(f"'{column}'" for column in missing.values())
    problem = f"{path} has no column {absent}; it has {', '.join(names)}."
    one_hot = [str(name) for name in table if name != text and _is_one_hot(table[name])]
    if list(missing) == ["label"] and len(one_hot) > 1:
        return ValueError(
            f"{problem} The columns {', '.join(one_hot[:SHOWN])} hold only 0 and 1 and look like one-hot labels. Write "
            "one column that holds the name of the class; or, for several labels per text, name the columns: "
            f"'file:{path}?labels={','.join(one_hot)}'."
        )
    right = "the right one" if len(missing) == 1 else "the right ones"
    options = "&".join(f"{option}=..." for option in missing)
    return ValueError(f"{problem} Name {right}: 'file:{path}?{options}'.{_separator_hint(names)}")


def unknown_column(table: pd.DataFrame, path: Path, column: str, option: str) -> ValueError:
    """Return an error that names the columns of a table."""
    names = ", ".join(map(str, table.columns))
    return ValueError(f"{path} has no column '{column}' for {option}=; it has {names}. Name one of these.")


def _is_one_hot(column: pd.Series) -> bool:
    return set(column.astype(str).str.lower()) <= {"0", "1", "0.0", "1.0", "true", "false"}


def _separator_hint(names: list[str]) -> str:
    """Return a sentence if a table with a single column has a separator in its header."""
    found = [name for name, separator in separators.BY_NAME.items() if len(names) == 1 and separator in names[0]]
    return f" If the cells are separated otherwise, name the separator: separator={found[0]}." if found else ""


def _labels(column: pd.Series, path: Path, name: str) -> list[str]:
    missing = unlabelled(column.to_frame(name), name)
    if missing.any():
        raise ValueError(
            f"{located(path, column.index[missing])}: the column '{name}' is empty. Write a label in each row, or "
            "leave out the rows without one (option unlabelled=drop)."
        )
    if refused := _of_type(column, lambda value: not kind_of(value)):
        remedy = "It must be text, a number, or true or false."
        if {"list", "ndarray", "dict", "tuple"} & set(refused.values()):
            remedy = f"For several labels per text, write labels={name} in place of label=; or give each row one label."
        raise _wrong_type(path, name, refused, remedy)
    if spelled := [line for line, value in zip(column.index, column, strict=True) if spelled_list(value) is not None]:
        raise ValueError(
            f"{located(path, spelled)}: the column '{name}' holds lists, such as {column[spelled[0]]!r}. For several "
            f"labels per text, write labels={name} in place of label=; or give each row one label."
        )
    return class_names(column)


def _of_type(column: pd.Series, is_refused: Callable[[Any], bool]) -> dict[int, str]:
    """Return the name of the type of each value that is refused, by line."""
    return {line: type(value).__name__ for line, value in zip(column.index, column, strict=True) if is_refused(value)}


def _wrong_type(path: Path, name: str, refused: dict[int, str], remedy: str) -> ValueError:
    kinds = " or ".join(sorted(set(refused.values())))
    return ValueError(f"{located(path, list(refused))}: the column '{name}' holds a value of type {kinds}. {remedy}")


def _texts(column: pd.Series, path: Path, name: str) -> list[str]:
    values = pd.Series(
        [None if missing else value for value, missing in zip(column, column.isna(), strict=True)],
        column.index,
        dtype=object,
    )
    if refused := _of_type(values, lambda value: value is not None and not isinstance(value, str)):
        raise _wrong_type(path, name, refused, "It must be text.")
    return [value or "" for value in values]


def _ids(table: pd.DataFrame, path: Path, column: str) -> list[str]:
    if column not in table:
        if column not in ("", "id"):
            raise unknown_column(table, path, column, "id")
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
            raise unknown_column(table, path, column, "split")
        return None
    names = table[column].astype(str).str.strip().str.lower()
    unknown = ~names.isin(list(_SPLIT_NAMES))
    if unknown.any():
        found = " or ".join(f"'{name}'" for name in table.loc[unknown, column].astype(str).unique()[:SHOWN])
        raise ValueError(
            f"{located(path, names.index[unknown])}: the split is {found}. Write one of {', '.join(_SPLIT_NAMES)}."
        )
    return names.map(_SPLIT_NAMES)
