"""The parts of a tokenizer in a TensorFlow graph, in the order in which they work.

Added tokens that are written in a text cut it into segments. A normaliser rewrites each segment, a pre-tokenizer splits
it into words, and a model turns each word into token ids. Texts are handled as code points until the model, because a
table of code points is exact and quick, and regular expressions of TensorFlow know no Unicode classes.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar


@dataclass(frozen=True, eq=False)
class Splits:
    """Pieces of texts: first the segments between added tokens, then the words of the segments.

    Attributes:
        characters: ragged int32 (s, None), the code points of each split.
        segment: int64 (s,), the number of the segment to which each split belongs; it never decreases.
        begins_text: bool (s,), whether the split begins where the raw text begins.
    """

    characters: Any
    segment: Any
    begins_text: Any


class Normaliser(Protocol):
    """Rewrites code points, ragged int32 (s, None), row by row."""

    def __call__(self, characters: Any) -> Any:
        """Return the rewritten code points, ragged int32 (s, None). No row is empty before; some may be afterwards."""


class PreTokeniser(Protocol):
    """Divides splits, none of them empty, into smaller ones and may rewrite them."""

    def __call__(self, splits: Splits) -> Splits:
        """Return the smaller splits, in order; empty ones are left out."""


class TokenModel(Protocol):
    """Turns words into token ids.

    Attributes:
        tables: lookup tables, which the saved module must hold as an attribute. A property that creates them once,
            when the graph is built.
    """

    tables: list[Any]

    def __call__(self, words: Any) -> Any:
        """Return the ids of distinct words: ragged int32 (w, None) for UTF-8 strings (w,)."""


NAMES = {"normalisers": "normalizer", "pre_tokenisers": "pre-tokenizer", "token_models": "model"}
Part = TypeVar("Part", covariant=True)
Build = Callable[[Mapping[str, Any]], Part]


def builders(package: str) -> dict[str, Build[Any]]:
    """Return, for each type that a tokenizer.json can name, the function that builds its part from its JSON object.

    A function raises ValueError if the object has a setting that the graph cannot reproduce exactly. It needs no
    TensorFlow, so that training can refuse a checkpoint before it begins.

    Args:
        package: "normalisers", "pre_tokenisers" or "token_models".
    """
    name = f"{__package__}.{package}"
    found: dict[str, Build[Any]] = {}
    for module in pkgutil.iter_modules(importlib.import_module(name).__path__):
        found |= importlib.import_module(f"{name}.{module.name}").KINDS
    return found


def build(package: str, document: Mapping[str, Any]) -> Any:
    """Return the part of a package that a JSON object with a "type" describes.

    Raises:
        ValueError: the graph does not know the type or one of its settings.
    """
    known, kind = builders(package), document.get("type")
    if not isinstance(kind, str) or kind not in known:
        raise ValueError(
            f"The tokenizer has the {NAMES[package]} {kind}, which the graph cannot reproduce. Choose a checkpoint "
            f"whose tokenizer has one of: {', '.join(sorted(known))}."
        )
    return known[kind](document)
