"""Read several labels per text: lists, names joined by a stated separator, or a column of 0 and 1 for each label."""

import ast
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.reading import separators
from textlab.data.reading.labels import SHOWN, class_names, counted, in_order, joined_names, kind_of
from textlab.data.reading.look_alikes import look_alikes
from textlab.data.reading.places import located

TRUTH = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
LISTS = list | tuple | set | frozenset | np.ndarray


def label_sets(
    table: pd.DataFrame, path: Path, stated: Sequence[str], separator: str
) -> tuple[list[tuple[int, ...]], tuple[str, ...]]:
    """Read the labels of each row.

    Args:
        table: the table, indexed by line.
        path: its file, for messages.
        stated: the column of the labels, or several columns of 0 and 1, whose names are the labels.
        separator: what joins the names in a cell of one column, or its name in `separators.BY_NAME`; "" for lists.

    Returns:
        The labels of each row, a sorted tuple of positions in the names; and the names of the labels, in order.

    Raises:
        ValueError: a column is missing, or a cell cannot be read. The message names the lines.
    """
    if missing := [column for column in stated if column not in table]:
        raise ValueError(
            f"{path} has no column {' and no column '.join(map(repr, missing))}; it has "
            f"{', '.join(map(str, table.columns))}. Name the column of lists, or the columns of 0 and 1, with labels=."
        )
    if len(stated) > 1:
        if separator:
            raise ValueError(
                "label_separator= is for one column of joined names, and labels= names several columns. Leave one out."
            )
        has = np.column_stack([_truth(table[column], path) for column in stated])
        return [tuple(map(int, np.flatnonzero(row))) for row in has], tuple(stated)
    unknown = not_labelled(table, stated, separator)
    named = _named(table[stated[0]][~unknown], path, separators.BY_NAME.get(separator.lower(), separator))
    if unknown.any():
        raise ValueError(
            f"{located(path, table.index[unknown])}: the column '{stated[0]}' is empty. Write [] for a text without a "
            "label, or leave out the rows that nobody has labelled (option unlabelled=drop)."
        )
    names = in_order({name for each in named for name in each})
    place = {name: number for number, name in enumerate(names)}
    return [tuple(sorted({place[name] for name in each})) for each in named], names


def not_labelled(table: pd.DataFrame, stated: Sequence[str], separator: str) -> pd.Series:
    """Return, for each line, whether nobody has said which labels it has.

    An empty list says that it has none, and so does an empty cell of names with a stated separator.
    """
    known = [column for column in stated if column in table]
    missing = pd.Series(False, index=table.index)
    for column in known:
        missing |= table[column].isna()
        if not separator:
            missing |= table[column].map(lambda value: isinstance(value, str) and not value.strip()).astype(bool)
    return missing


def label_set_concerns(sets: Iterable[Sequence[int]], names: Sequence[str]) -> list[Concern]:
    """Return concerns about names of labels that look alike, and about names that join those of other labels."""
    counts = Counter(names[label] for each in sets for label in each)
    concerns = look_alikes(counts)
    if joined := joined_names(counts):
        concerns.append(
            Concern(
                ConcernKind.LABEL_NAMES,
                f"Some labels join the names of others: {counted(joined)}. Each is treated as a label of its own.",
                "State what joins the names with label_separator=, or write a list of names.",
            )
        )
    return concerns


def spelled_list(value: Any) -> list[Any] | None:
    """Return the list that a text spells in Python or JSON, such as "['joy', 'anger']"; None if it spells none."""
    if not isinstance(value, str) or value.strip()[:1] + value.strip()[-1:] != "[]":
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(value.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return found if isinstance(found, list) and all(map(kind_of, found)) else None
    return None


def _truth(column: pd.Series, path: Path) -> list[bool]:
    """Return whether each row has the label of a column of 0 and 1."""
    spelled = [str(value).strip().lower() for value in column]
    wrong = [line for line, value in zip(column.index, spelled, strict=True) if value not in TRUTH]
    if wrong:
        found = ", ".join(sorted({repr(column[line]) for line in wrong})[:SHOWN])
        raise ValueError(
            f"{located(path, wrong)}: the column '{column.name}' holds {found}. With several columns in labels=, write "
            "0 or 1, or true or false, in each; leave out rows with empty cells with unlabelled=drop."
        )
    return [TRUTH[value] for value in spelled]


def _named(column: pd.Series, path: Path, separator: str) -> list[list[str]]:
    """Return the names of the labels in each cell of one column."""
    cells = {line: _cell(value, separator) for line, value in zip(column.index, column, strict=True)}
    if wrong := [line for line, values in cells.items() if values is None]:
        raise ValueError(f"{located(path, wrong)}: {_unreadable(column, wrong, separator)}")
    lists = [values for values in cells.values() if values is not None]
    flat = iter(class_names(pd.Series([value for values in lists for value in values], dtype=object)))
    return [[next(flat) for _ in values] for values in lists]


def _cell(value: Any, separator: str) -> list[Any] | None:
    """Return the labels in a cell, without blank names; None if it cannot be read."""
    if isinstance(value, LISTS):
        values = list(value)
    elif (spelled := spelled_list(value)) is not None:
        values = spelled
    elif separator and kind_of(value):
        values = str(value).split(separator)
    else:
        return None
    if not all(kind_of(each) and each == each for each in values):  # NaN is a number, and no label
        return None
    return [each for each in values if str(each).strip()]


def _unreadable(column: pd.Series, wrong: Sequence[int], separator: str) -> str:
    shown = [column[line] for line in wrong[:SHOWN]]
    if separator or not all(isinstance(value, str) for value in shown):
        kinds = " or ".join(sorted({type(value).__name__ for value in shown}))
        return (
            f"the column '{column.name}' holds a value of type {kinds} where labels are expected. Write a list of "
            "texts, numbers, or true and false; [] for no label; leave out rows without an answer with unlabelled=drop."
        )
    if set(column.astype(str).str.strip().str.lower()) <= set(TRUTH):
        return (
            f"the column '{column.name}' holds only 0 and 1, which is one label. Name all columns of labels, such as "
            "labels=joy,anger; or, for one label alone, use label= in place of labels=."
        )
    return (
        f"the column '{column.name}' holds texts such as {shown[0]!r}, which are no lists. State what separates the "
        "names of the labels, such as label_separator=pipe or label_separator=comma."
    )


def check_separator(stated: str) -> None:
    """Check an option that says what joins names, see `label_sets`.

    Raises:
        ValueError: it is a letter, a digit or an unknown name, which would cut names into pieces or join them.
    """
    if stated.isalnum() and stated.lower() not in separators.BY_NAME:
        raise ValueError(
            f"label_separator={stated} is no separator. Give one of {', '.join(separators.BY_NAME)}, or the characters "
            "between the names, such as | or ' and '."
        )


def columns_of(stated: str) -> tuple[str, ...]:
    """Return the columns that an option names, separated by commas."""
    return tuple(dict.fromkeys(_parts(stated)))


def _parts(stated: str) -> Iterator[str]:
    return filter(None, (part.strip() for part in stated.split(",")))
