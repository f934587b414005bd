"""Turn the values of a label column into the names of classes, and look for what is unusual about them."""

import re
from collections import Counter
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from textlab.concerns import Concern, ConcernKind
from textlab.data.reading.look_alikes import look_alikes

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_ZEROS = re.compile(r"\.0+$")
_JOINTS = "|;,"
SHOWN = 10  # names in a message


def unlabelled(table: pd.DataFrame, label: str) -> pd.Series:
    """Return, for each line, whether the label is empty; no line is if the column is missing."""
    if label not in table:
        return pd.Series(False, index=table.index)
    return table[label].isna() | (table[label].astype(str).str.strip() == "")


def kind_of(value: Any) -> str:
    """Return the kind of a label: "text", "number", "true or false"; "" if a value of its type cannot be a label."""
    if isinstance(value, str):  # first, because it is the usual type, and the check of numbers is slow
        return "text"
    if isinstance(value, bool | np.bool_):
        return "true or false"
    return "number" if isinstance(value, Integral | Real | Decimal) else ""


def class_names(labels: pd.Series) -> list[str]:
    """Return the name of the class of each label; the name depends on the file's format as little as possible.

    A whole number is the same class in any spelling: 0, 0.0 and "0.0". So are true, True and "TRUE". In a column with
    other texts, "1.0" and "TRUE" stay as written.
    """
    names = [_name(value) for value in labels]
    distinct = set(names)
    if all(_NUMBER.fullmatch(name) for name in distinct):
        return [_ZEROS.sub("", name) for name in names]
    if {name.lower() for name in distinct} <= {"true", "false"}:
        return [name.lower() for name in names]
    return names


def in_order(names: set[str]) -> tuple[str, ...]:
    """Return the names of classes in order: whole numbers by their value, else by letters."""
    if all(_INTEGER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _name(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, Real) and not isinstance(value, Integral) and float(value).is_integer():
        return str(int(float(value)))
    return str(value).strip()


def label_concerns(table: pd.DataFrame, label: str) -> list[Concern]:
    """Return what is unusual about the labels: mixed types, several spellings, names that look alike, joined names.

    Empty labels, and a column with values that cannot be labels, are left to `columns.examples`.
    """
    if label not in table:
        return []
    labels = table[label][~unlabelled(table, label)]
    if not all(map(kind_of, labels)):
        return []
    names = class_names(labels)
    counts = Counter(names)
    concerns = [*_mixed_types(labels, label, counts), *_spellings(labels, names)]
    return concerns + look_alikes(counts) + _joined(counts)


def _mixed_types(labels: pd.Series, column: str, counts: Counter[str]) -> list[Concern]:
    kinds = Counter(map(kind_of, labels))
    if len(kinds) < 2:
        return []
    return [
        Concern(
            ConcernKind.LABEL_TYPES,
            f"The column '{column}' mixes types: {counted(kinds)}. The labels became the {len(counts)} classes "
            f"{counted(counts)}.",
            "Write all labels as text, or all as numbers.",
        )
    ]


def counted(counts: Counter[str]) -> str:
    """Return names with their counts, such as "0 (12 rows), 1 (9 rows)"."""
    shown = [f"{name} ({number:,} row{'s' * (number > 1)})" for name, number in counts.most_common(SHOWN)]
    return ", ".join(shown) + (", ..." if len(counts) > SHOWN else "")


def _spellings(labels: pd.Series, names: list[str]) -> list[Concern]:
    """Return a concern if several texts are one class, such as "1" and "1.0" or "TRUE" and "true"."""
    spellings: dict[str, Counter[str]] = {}
    for value, name in zip(labels, names, strict=True):
        if isinstance(value, str):
            spellings.setdefault(name, Counter())[value.strip()] += 1
    several = {name: spelled for name, spelled in spellings.items() if len(spelled) > 1}
    return [
        Concern(
            ConcernKind.LABEL_TYPES,
            f"The labels {counted(spelled)} became one class, {name}.",
            "Write each label in one way.",
            is_serious=False,
        )
        for name, spelled in list(several.items())[:SHOWN]
    ]


def _joined(counts: Counter[str]) -> list[Concern]:
    """Return a concern if a label joins names, and one of them is a class of its own, such as "joy|anger" and "joy"."""
    if not (joined := joined_names(counts)):
        return []
    return [
        Concern(
            ConcernKind.LABEL_NAMES,
            f"Some labels join the names of other classes: {counted(joined)}. Each is treated as a class of its own.",
            "For several labels per text, name the column with labels= in place of label=, and the separator with "
            "label_separator=; or keep one label in each row.",
        )
    ]


def joined_names(counts: Counter[str]) -> Counter[str]:
    """Return the labels that join names, one of which is a label of its own, with their counts."""
    parts = {name: _parts(name) for name in counts}
    alone = {names[0] for names in parts.values() if len(names) == 1}
    return Counter({name: counts[name] for name, names in parts.items() if len(names) > 1 and alone & set(names)})


def _parts(name: str) -> list[str]:
    """Return the names that a label joins; a list, such as "['joy', 'anger']", is an error already."""
    return [part for each in re.split(f"[{_JOINTS}]", name) if (part := each.strip(" '\""))] or [name]
