"""Filters: conditions on fields that every found document must meet."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .columns import Column, NumberColumn, WordColumn
from .fields import FieldKind

EXAMPLES = {
    FieldKind.WORD: '"Berlin" or ["Berlin", "Paris"]',
    FieldKind.WORDS: '["Python", "Go"], or {"any": ["Python", "Go"]}',
    FieldKind.NUMBER: '{"min": 5, "max": 10}',
}
MOST_WORDS = 100


class FilterError(ValueError):
    """A filter that cannot be used. The message states what came and what to do."""


@dataclass(frozen=True)
class WordFilter:
    """The field holds any of the words, or all of them."""

    field: str
    words: tuple[str, ...]
    all_of: bool

    def passing(self, column: WordColumn) -> np.ndarray:
        """Return whether each document passes, bool (n,)."""
        masks = [column.having(word) for word in self.words]
        return np.logical_and.reduce(masks) if self.all_of else np.logical_or.reduce(masks)


@dataclass(frozen=True)
class RangeFilter:
    """The field's number lies in a range, ends included."""

    field: str
    low: float
    high: float

    def passing(self, column: NumberColumn) -> np.ndarray:
        """Return whether each document passes, bool (n,)."""
        return column.between(self.low, self.high)


@dataclass(frozen=True)
class Filters:
    """Conditions that a document must all meet."""

    conditions: tuple[WordFilter | RangeFilter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def passing(self, columns: Mapping[str, Column], count: int) -> np.ndarray:
        """Return whether each of `count` documents passes, bool (count,)."""
        passing = np.ones(count, bool)
        for condition in self.conditions:
            passing &= condition.passing(columns[condition.field])  # type: ignore[arg-type]
        return passing


def parse_filters(document: object, fields: Mapping[str, FieldKind]) -> Filters:
    """Read filters from JSON.

        {"place": "Berlin"}                          the word; a list means any of its words
        {"languages": ["Python", "Go"]}              all of the words
        {"languages": {"all": ["Go"], "any": ["Python", "Ruby"]}}   all of the first, and any of the second
        {"years": {"min": 5, "max": 10}}             a range, ends included; either end may be left out

    Args:
        document: the parsed JSON.
        fields: the fields of the index.

    Raises:
        FilterError: a field is unknown, or a value does not suit its kind.
    """
    if document is None:
        return Filters()
    if not isinstance(document, Mapping):
        raise FilterError(
            f"The filters are a {type(document).__name__}, not an object. Write a field and its value, such as "
            '{"place": "Berlin"}.'
        )
    return Filters(tuple(each for name, value in document.items() for each in _conditions(name, value, fields)))


def _conditions(name: Any, value: Any, fields: Mapping[str, FieldKind]) -> list[WordFilter | RangeFilter]:
    if name not in fields:
        raise FilterError(
            f"The documents have no field {str(name)[:60]!r}. Filter by one of these: {', '.join(fields) or 'none'}."
        )
    kind = fields[name]
    found: list[WordFilter | RangeFilter | None]
    if kind == FieldKind.NUMBER:
        found = [_range(name, value)]
    elif kind == FieldKind.WORDS and isinstance(value, Mapping):
        known = value.keys() <= {"all", "any"} and value
        found = [_words(name, words, all_of=key == "all") for key, words in value.items()] if known else [None]
    else:
        found = [_words(name, value, all_of=kind == FieldKind.WORDS)]
    if None in found:
        raise FilterError(f"The filter on {name!r} does not suit the field. Write it like {EXAMPLES[kind]}.")
    return [each for each in found if each is not None]


def _words(name: str, value: Any, all_of: bool) -> WordFilter | None:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
        return None
    if len(words) > MOST_WORDS:
        raise FilterError(f"The filter on {name!r} has {len(words):,} words. Give at most {MOST_WORDS}.")
    return WordFilter(name, tuple(words), all_of)


def _range(name: str, value: Any) -> RangeFilter | None:
    if not isinstance(value, Mapping) or not value or not value.keys() <= {"min", "max"}:
        return None
    low, high = value.get("min", -math.inf), value.get("max", math.inf)
    if not all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high)):
        return None
    try:
        low, high = float(low), float(high)
    except OverflowError:
        raise FilterError(f"The filter on {name!r} has a number that is too large. Give a smaller one.") from None
    if math.isnan(low) or math.isnan(high):
        return None
    if low > high:
        raise FilterError(f"The filter on {name!r} has a minimum above its maximum. Exchange the two numbers.")
    return RangeFilter(name, low, high)
