"""Read the numbers in a request: "at least five years", "3-5 years", "1.5k+ stars", "over a decade"."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_COUNTED = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty"
)
WORDS = {word: float(number) for number, word in enumerate(_COUNTED.split("|"))} | {
    **{"a": 1.0, "an": 1.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "hundred": 100.0, "a hundred": 100.0},
    **{"one hundred": 100.0, "thousand": 1000.0, "a thousand": 1000.0, "one thousand": 1000.0, "a dozen": 12.0},
}
UNITS = {"years": ("year", "years", "yr", "yrs"), "stars": ("star", "stars")}
DECADES = {"years": (("decade", 10.0), ("decades", 10.0))}  # units that stand for several of the field's
SUFFIXES = {"": 1.0, "k": 1_000.0, "m": 1_000_000.0}

# Bounded, so that the time stays linear and each number is finite.
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15}(?:\.\d{1,15})?)(?:\s?[km](?![^\W_]))?|" + "|".join(
    sorted(WORDS, key=len, reverse=True)
)
_LEAST = r"at least|minimum(?: of)?|min\.?|no (?:less|fewer) than|not (?:less|fewer) than|from|>=|≥"
_MORE = r"more than|over|above|greater than|>"
_MOST = r"at most|maximum(?: of)?|max\.?|no more than|not more than|up to|<=|≤"
_LESS = r"less than|fewer than|under|below|<"
_RANGE = rf"(?:between )?(?P<low>{_NUMBER}) ?(?:-|–|—|to|and) ?(?P<high>{_NUMBER})"
_BOUND = rf"(?:(?P<least>{_LEAST})|(?P<more>{_MORE})|(?P<most>{_MOST})|(?P<less>{_LESS})|(?P<exactly>exactly))"
_SINGLE = rf"(?:{_BOUND} ?)?(?P<number>{_NUMBER}) ?(?P<plus>\+|or more|and more|plus)?"
# Ages and dates have the same units.
_OTHER = r"(?![ -]?(?:old\b|of age\b|ago\b))"


@dataclass(frozen=True)
class NumberRange:
    """A range that a request states for a number.

    Attributes:
        field: the field's name.
        minimum, maximum: the ends, both included; None for no end.
        start, end: the place in the text.
    """

    field: str
    minimum: float | None
    maximum: float | None
    start: int
    end: int

    def filter(self) -> dict[str, float]:
        """Return the range as a filter has it."""
        ends = {"min": self.minimum, "max": self.maximum}
        return {name: value for name, value in ends.items() if value is not None}


def find_ranges(text: str, fields: list[str]) -> Iterator[NumberRange]:
    """Yield the ranges that `text` states for the fields, such as "years", in the order of the text.

    White space in `text` must be single blanks; then the time is linear in the length.

    A bare number is a minimum, because people who ask for five years of experience also take six. "More than five" of
    a whole number begins at six.
    """
    units = {unit: (field, 1.0) for field in fields for unit in UNITS.get(field, (field,))}
    units |= {unit: (field, factor) for field in fields for unit, factor in DECADES.get(field, ())}
    if not units:
        return
    unit = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    pattern = rf"(?<![\w.])(?:{_RANGE}|{_SINGLE})[ -]?\+?[ -]?(?P<unit>{unit})\b{_OTHER}"
    for match in re.finditer(pattern, text, re.IGNORECASE):
        field, factor = units[match["unit"].lower()]
        minimum, maximum = _ends(match.groupdict(), factor)
        yield NumberRange(field, minimum, maximum, *match.span())


def _ends(found: Mapping[str, str | None], factor: float) -> tuple[float | None, float | None]:
    if found["low"] and found["high"]:
        low, high = sorted((_value(found["low"]) * factor, _value(found["high"]) * factor))
        return low, high
    number = _value(str(found["number"])) * factor
    if found["exactly"]:
        return number, number
    if found["most"]:
        return None, number
    if found["less"]:
        return None, number - 1
    return (number + 1 if found["more"] and factor == 1.0 else number), None


def _value(written: str) -> float:
    """Read "five", "1,000" or "1.5k"."""
    folded = " ".join(written.lower().split())
    if folded in WORDS:
        return WORDS[folded]
    suffix = folded[-1] if folded[-1] in "km" else ""
    return float(folded.removesuffix(suffix).strip().replace(",", "")) * SUFFIXES[suffix]
