"""The fields of an index as columns, which filters read."""

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import read_array, write_array
from .fields import FieldKind
from .inverted import InvertedLists, InvertedListsWriter, joined
from .settings import Document, SearchIndexError

VALUES = "values.npy"


class WordColumn:
    """A field of words: for each word the documents that have it. Words are compared casefolded."""

    def __init__(self, lists: InvertedLists, count: int) -> None:
        self._lists, self._count = lists, count
        self._rows: dict[str, list[int]] = {}
        for row, word in enumerate(lists.vocabulary):
            self._rows.setdefault(word.casefold(), []).append(row)

    def having(self, word: str) -> np.ndarray:
        """Return whether each document has the word, bool (n,)."""
        mask = np.zeros(self._count, bool)
        for row in self._rows.get(word.casefold(), ()):
            mask[self._lists.list_of(row)[0]] = True
        return mask

    def most_frequent(self, most: int | None = None) -> list[str]:
        """Return the words, the most frequent first; spellings that differ in case count as one, the most frequent."""
        lengths = self._lists.lengths()
        words = [
            (sum(lengths[row] for row in rows), max(rows, key=lambda row: lengths[row])) for rows in self._rows.values()
        ]
        ordered = sorted(words, key=lambda each: (-each[0], each[1]))
        return [self._lists.vocabulary[row] for _, row in ordered[:most]]


class NumberColumn:
    """A field of numbers: float64 (n,), NaN where a document has none."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def between(self, low: float, high: float) -> np.ndarray:
        """Return whether each document's number lies in the range, ends included, bool (n,)."""
        return (self._values >= low) & (self._values <= high)

    def range(self) -> tuple[float, float]:
        """Return the smallest and the largest number; NaN if there is none."""
        known = self._values[~np.isnan(self._values)]
        return (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)


Column = WordColumn | NumberColumn


def read_columns(folder: Path, fields: Mapping[str, FieldKind], count: int) -> dict[str, Column]:
    """Map the columns of an index into memory.

    Args:
        folder: the folder of the columns.
        fields: the fields of the index.
        count: the number of documents.
    """
    return {
        name: NumberColumn(read_array(folder / str(number) / VALUES))
        if kind == FieldKind.NUMBER
        else WordColumn(InvertedLists.read(folder / str(number)), count)
        for number, (name, kind) in enumerate(fields.items())
    }


class ColumnsWriter:
    """Collects the fields of new documents. Folders are named by number, because a field's name may be any text."""

    def __init__(self, fields: Mapping[str, FieldKind]) -> None:
        self._fields = fields
        self._words = {name: InvertedListsWriter() for name, kind in fields.items() if kind != FieldKind.NUMBER}
        self._numbers: dict[str, list[float]] = {name: [] for name in fields if name not in self._words}

    def add(self, position: int, document: Document) -> None:
        """Add the fields of a document.

        Raises:
            SearchIndexError: a value is not of the field's kind, or the index has no such field.
        """
        check_fields(document, self._fields)
        for name, kind in self._fields.items():
            value = document.fields.get(name)
            if kind == FieldKind.NUMBER:
                self._numbers[name].append(math.nan if value is None else float(value))  # type: ignore[arg-type]
            else:
                words = [value] if isinstance(value, str) else list(value or ())  # type: ignore[arg-type]
                self._words[name].add(position, Counter(word for word in words if word))

    def write(self, folder: Path, old: Path | None, positions: np.ndarray) -> None:
        """Write the columns of the old documents that stay and of the new ones.

        Args:
            folder: a new folder.
            old: the folder of the columns of the old index; None if there is none.
            positions: the new position of each old document; -1 for one that is removed.
        """
        for number, (name, kind) in enumerate(self._fields.items()):
            part = folder / str(number)
            if kind == FieldKind.NUMBER:
                part.mkdir(parents=True)
                new = np.array(self._numbers[name], np.float64)
                before = read_array(old / str(number) / VALUES)[positions >= 0] if old else new[:0]
                write_array(part / VALUES, np.concatenate([before, new]))
            else:
                lists = self._words[name].lists()
                lists = joined(InvertedLists.read(old / str(number)), positions, lists) if old else lists
                lists.write(part)


_EXPECTED = {FieldKind.WORD: "a text", FieldKind.WORDS: "a list of texts", FieldKind.NUMBER: "a finite number"}


def check_fields(document: Document, fields: Mapping[str, FieldKind]) -> None:
    """Raise SearchIndexError if a value is not of its field's kind, or the index has no such field."""
    unknown = [name for name in document.fields if name not in fields]
    if unknown:
        raise SearchIndexError(
            f"Document {document.id!r} has the field {unknown[0]!r}, which the index lacks. Its fields: "
            f"{', '.join(fields) or 'none'}."
        )
    for name, kind in fields.items():
        if not _fits(document.fields.get(name), kind):
            raise SearchIndexError(
                f"The field {name!r} of document {document.id!r} is not {_EXPECTED[kind]}. Correct the document, or "
                "leave the field out."
            )


def _fits(value: Any, kind: FieldKind) -> bool:
    if value is None:
        return True
    if kind == FieldKind.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if kind == FieldKind.WORD:
        return isinstance(value, str)
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
