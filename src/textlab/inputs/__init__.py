"""The kinds of inputs: what a value of an input column is, and which bytes a graph gets for it.

An input's name states its kind. A kind other than text is a module `<name>_input.py` with an object KIND, found by
listing; every other input is text. MLflow copies this package into each registered model and the service imports it,
so its modules import one another by relative names, and nothing heavy before it is used.
"""

import importlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .kind import InputKind, ReceivedError, Shown
from .text_input import KIND as TEXT_KIND

__all__ = ["InputKind", "ReceivedError", "Shown", "kind_of", "noun_of", "plural_of", "worded"]

ENDING = "_input"


@cache
def kind_of(name: str) -> InputKind:
    """Return the kind of the input called `name`."""
    if not (Path(__file__).parent / f"{name}{ENDING}.py").exists():
        return TEXT_KIND
    kind: InputKind = importlib.import_module(f".{name}{ENDING}", __package__).KIND
    return kind


def noun_of(name: str) -> str:
    """Return the word for one value of the input: "picture", or the input's name if it is a text."""
    kind = kind_of(name)
    return name if kind is TEXT_KIND else kind.name


def plural_of(name: str) -> str:
    """Return the words for several values of the input: "texts", "pictures", or such as "values of brand"."""
    noun = noun_of(name)
    return f"{noun}s" if noun == kind_of(name).name else f"values of {noun}"


def worded(names: Iterable[str]) -> tuple[str, ...]:
    """Return the inputs whose words can be compared, in the given order."""
    return tuple(name for name in names if not kind_of(name).traits)
