"""Read a free-text request: the conditions that it states on fields, and the rest, which describes the content.

    ConditionReader(fields, values).read("Python developer in Berlin with at least five years, who scrapes websites")

finds the filter {"languages": ["Python"], "place": "Berlin", "years": {"min": 5}} and the rest "Python developer who
scrapes websites". The reader follows rules and asks no language model. Words that it does not understand stay in
the rest.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .fields import FieldKind
from .mentions import PLACING, TOKEN, KnownValues, Mention, folded
from .numbers import NumberRange, find_ranges

REFUSING = re.compile(r"not|no|without|except|excluding|outside|non|never|isn't|don't|avoid|besides")
WISHING = re.compile(r"preferably|ideally|optionally|maybe|perhaps|bonus|prefer|preferred")
LONGEST_LINK = 60  # characters of the words that lead to a condition, or follow it
_CONNECTION = re.compile(r"\b(?:with|having|has|have|and|who has|who have|plus) $", re.IGNORECASE)
_OF_EXPERIENCE = re.compile(
    r"(?: (?:of )?(?:(?:professional|work|working|relevant) )?experience\b(?: (?:in|with)\b)?| of\b)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Condition:
    """A condition that was understood.

    Attributes:
        field: the field's name, such as "place".
        text: the words of the request that state it.
        value: the field's filter, as `parse_filters` takes it.
    """

    field: str
    text: str
    value: Any


@dataclass(frozen=True)
class Request:
    """A request as the reader understood it.

    Attributes:
        rest: the request without places and numbers, for the ranking by content; the whole request if nothing is left.
        filters: all conditions as one filter.
        understood: the conditions, in the order of the request.
        unclear: words that look like conditions, but that the reader did not make one of, such as "not in Berlin".
    """

    rest: str
    filters: Mapping[str, Any]
    understood: Sequence[Condition]
    unclear: Sequence[str] = field(default=())


class ConditionReader:
    """Reads the conditions in requests about the documents of one index.

    A condition is a number with the field's unit, or a value of a field. Two values joined by "or" are alternatives.
    A condition that is denied ("not in Berlin") or wished for ("ideally Python") filters nothing.

    Args:
        fields: the fields of the documents, and their kinds.
        field_values: returns the values of a field of words.
    """

    def __init__(self, fields: Mapping[str, FieldKind], field_values: Callable[[str], Sequence[str]]) -> None:
        self._fields = fields
        self._numbers = [name for name, kind in fields.items() if kind is FieldKind.NUMBER]
        self._known = KnownValues({name: field_values(name) for name in fields if name not in self._numbers})

    def read(self, text: str) -> Request:
        """Read a request."""
        text = " ".join(text.split())
        ranges = list(find_ranges(text, self._numbers))
        tokens = list(TOKEN.finditer(text))
        unclear = []
        kept: list[Mention] = []
        for mention in self._known.mentions(text, tokens, [(each.start, each.end) for each in ranges]):
            objection = _objection(tokens, mention)
            if objection is None:
                kept.append(mention)
            else:
                unclear.append(text[tokens[objection].start() : mention.end])
        understood = _conditions(text, tokens, kept, ranges, self._fields)
        places = [each for each in kept if self._fields[each.field] is FieldKind.WORD]
        rest = _rest(text, tokens, places, ranges)
        return Request(rest, _filters(understood), understood, tuple(unclear))


def _objection(tokens: Sequence[re.Match[str]], mention: Mention) -> int | None:
    """Return the position of the token before a mention that denies it or only wishes for it; None if there is none."""
    for position in range(mention.first - 1, max(mention.first - 5, -1), -1):
        word = folded(tokens[position][0]).replace("’", "'")
        if REFUSING.fullmatch(word) or WISHING.fullmatch(word):
            return position
        if word in {"but", "who", "with", "and"} and position < mention.first - 1:
            return None
    return None


def _conditions(
    text: str,
    tokens: Sequence[re.Match[str]],
    mentions: Sequence[Mention],
    ranges: Sequence[NumberRange],
    fields: Mapping[str, FieldKind],
) -> list[Condition]:
    found: list[tuple[int, Condition]] = []
    for each in ranges:
        found.append((each.start, Condition(each.field, text[each.start : each.end].strip(), each.filter())))
    for name in dict.fromkeys(mention.field for mention in mentions):
        for group in _alternatives(tokens, [mention for mention in mentions if mention.field == name]):
            values = list(dict.fromkeys(mention.value for mention in group))
            stated = text[group[0].start : group[-1].end]
            found.append((group[0].start, Condition(name, stated, _value(values, fields[name]))))
    return [condition for _, condition in sorted(found, key=lambda pair: pair[0])]


def _alternatives(tokens: Sequence[re.Match[str]], mentions: Sequence[Mention]) -> list[list[Mention]]:
    """Group the mentions of a field that "or" joins."""
    groups: list[list[Mention]] = []
    for mention in mentions:
        between = range(groups[-1][-1].last, mention.first) if groups else range(0)
        if groups and [folded(tokens[position][0]) for position in between] in (["or"], ["or", "in"]):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _value(values: list[str], kind: FieldKind) -> Any:
    if len(values) == 1:
        return values[0] if kind is FieldKind.WORD else values
    return values if kind is FieldKind.WORD else {"any": values}


def _filters(conditions: Sequence[Condition]) -> dict[str, Any]:
    """Join the conditions on each field: places are alternatives, languages add up, and ranges narrow."""
    filters: dict[str, Any] = {}
    for condition in conditions:
        name, value = condition.field, condition.value
        if name not in filters:
            filters[name] = value
        elif isinstance(value, dict) and "any" not in value and isinstance(filters[name], dict):
            ends = {"min": max, "max": min}
            filters[name] = {
                end: choose(each[end] for each in (filters[name], value) if end in each)
                for end, choose in ends.items()
                if end in filters[name] or end in value
            }
        elif isinstance(value, list) and isinstance(filters[name], list):
            filters[name] = list(dict.fromkeys([*filters[name], *value]))
        elif isinstance(value, str) or isinstance(filters[name], str):
            joined = [*_listed(filters[name]), *_listed(value)]
            filters[name] = list(dict.fromkeys(joined))
        else:
            filters[name] = _both(filters[name], value)
    return filters


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _both(first: Any, second: Any) -> dict[str, Any]:
    """Join two filters on words; each states all that must occur, or several of which any must."""
    joined: dict[str, list[str]] = {"all": [], "any": []}
    for value in (first, second):
        for key, words in (value if isinstance(value, dict) else {"all": value}).items():
            joined[key] = list(dict.fromkeys([*joined[key], *words]))
    return {key: words for key, words in joined.items() if words}


def _rest(text: str, tokens: Sequence[re.Match[str]], places: Sequence[Mention], ranges: Sequence[NumberRange]) -> str:
    """Return the text without the conditions on places and numbers, and without the words that lead to them."""
    spans = []
    for each in ranges:
        before = _CONNECTION.search(text[max(0, each.start - LONGEST_LINK) : each.start])
        after = _OF_EXPERIENCE.match(text[each.end : each.end + LONGEST_LINK])
        spans.append((each.start - (len(before[0]) if before else 0), each.end + (after.end() if after else 0)))
    for place in places:
        first = place.first
        while first and folded(tokens[first - 1][0]) in PLACING | {"based", "living", "located", "or", "and"}:
            first -= 1
        end = place.end
        if place.last < len(tokens) and folded(tokens[place.last][0]) == "based" and text[end : end + 1] == "-":
            end = tokens[place.last].end()
        spans.append((tokens[first].start(), end))
    kept, position = [], 0
    for start, end in sorted(spans):
        kept.append(text[position : max(start, position)])
        position = max(position, end)
    rest = " ".join(" ".join([*kept, text[position:]]).split())
    rest = re.sub(r"\s+([,.;])", r"\1", re.sub(r"[,;]\s*(?=[,;.])", "", rest)).strip(" ,;")
    return rest if re.search(r"[^\W\d_]", rest) else text.strip()
