"""Examples: what a model is asked whose inputs are others than a text alone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from textlab.inputs import kind_of

BEGINNING = '{"inputs": '  # every remembered example begins with it


@dataclass(frozen=True, eq=False, slots=True)
class Example:
    """An example, checked.

    Attributes:
        contents: for each input, the bytes that the graph gets; b"" for a missing value.
        size: the size of the largest value, on which the cost of a call depends.
        remembered: the text by which the store knows the example: its texts, and the sha256 of its pictures.
    """

    contents: Mapping[str, bytes]
    size: int
    remembered: str

    @property
    def bytes(self) -> int:
        """The bytes of memory that the example takes."""
        return sum(map(len, self.contents.values()))

    @property
    def texts(self) -> dict[str, str]:
        """The text of each input that is a text."""
        return {name: content.decode() for name, content in self.contents.items() if not kind_of(name).is_binary}


class RememberedExample(NamedTuple):
    """An example as the store remembers it.

    Attributes:
        texts: the text of each input that is a text; "" for a missing one.
        digests: the sha256 of each other input; "" for a missing one.
    """

    texts: dict[str, str]
    digests: dict[str, str]


def example_of(contents: Mapping[str, bytes]) -> Example:
    """The example with these checked contents. Large pictures take milliseconds for their sha256.

    Args:
        contents: for each input of the model, what the graph gets.
    """
    size = max(kind_of(name).size(content) for name, content in contents.items())
    # A dataset knows a picture by the same sha256: it, too, holds what was encoded anew.
    known = {name: _known(kind_of(name).is_binary, content) for name, content in contents.items()}
    return Example(contents, size, BEGINNING + json.dumps(known, ensure_ascii=False, sort_keys=True) + "}")


def _known(is_binary: bool, content: bytes) -> str:
    if not is_binary:
        return content.decode()
    return hashlib.sha256(content).hexdigest() if content else ""


def remembered_example(text: str) -> RememberedExample | None:
    """The example behind a text of the store; None if the text was classified as a text."""
    if not text.startswith(BEGINNING):
        return None
    try:
        inputs = json.loads(text)["inputs"]
        split: tuple[dict[str, str], dict[str, str]] = ({}, {})
        for name, value in inputs.items():
            split[kind_of(name).is_binary][name] = value
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return RememberedExample(*split)
