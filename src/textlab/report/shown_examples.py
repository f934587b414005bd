"""The inputs of examples as people see them: texts, and small pictures within a budget of bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textlab.inputs import kind_of, noun_of
from textlab.wording import counted

BUDGET = 1_500_000  # bytes of thumbnails in a section; two sections of a report hold some


@dataclass(frozen=True)
class Value:
    """The value of an input on a page.

    Attributes:
        text: the text; of a thumbnail, its alternative text.
        source: the thumbnail as a data URL; "" for a text.
        is_note: whether the text says why there is no value.
    """

    text: str
    source: str = ""
    is_note: bool = False


@dataclass(frozen=True)
class Card:
    """An example in a box.

    Attributes:
        values: the values of its inputs.
        caption: the line below them.
        original: the text before it was changed; "" if it was not.
    """

    values: Sequence[Value]
    caption: str
    original: str = ""


class ShownExamples:
    """Shows the inputs of examples. Once the thumbnails reach the budget, words stand in for the others.

    Attributes:
        left_out: the number of thumbnails that were left out.

    Args:
        inputs: the inputs to show, in order.
        budget: the most bytes that all thumbnails take.
    """

    def __init__(self, inputs: Sequence[str], budget: int = BUDGET) -> None:
        self._inputs, self._left, self.left_out = tuple(inputs), budget, 0

    def values(self, example: Mapping[Any, Any], alternative: str) -> list[Value]:
        """Return the values of an example's inputs.

        Args:
            example: the inputs by name.
            alternative: what a thumbnail shows, for people who cannot see it.
        """
        return [self._value(name, str(example[name] or ""), alternative) for name in self._inputs]

    def _value(self, name: str, value: str, alternative: str) -> Value:
        kind, noun = kind_of(name), noun_of(name)
        if kind.is_blank(value):
            return Value(f"no {noun}", is_note=True)
        if not kind.has_thumbnails:
            text = kind.shown(value).text
            return Value(text if name == noun == kind.name else f"{name}: {text}")
        shown = kind.shown(value) if self._left else None
        if shown is None or len(shown.source) > self._left:
            self._left, self.left_out = 0, self.left_out + 1
            return Value(f"{noun} left out", is_note=True)
        self._left -= len(shown.source)
        return Value(alternative if shown.source else shown.text, shown.source, is_note=not shown.source)

    @property
    def note(self) -> str:
        """Say how many thumbnails were left out; "" if none was."""
        if not self.left_out:
            return ""
        were = "was" if self.left_out == 1 else "were"
        return f"{counted(self.left_out, 'thumbnail')} {were} left out here to keep the report small."
