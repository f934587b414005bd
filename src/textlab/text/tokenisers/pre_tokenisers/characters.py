"""Pre-tokenizers that look at one character at a time: WhitespaceSplit, Punctuation, Digits, CharDelimiterSplit."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from textlab.text.tokenisers.code_points import CODE_POINTS, JOINED, CodePointTable, treatments
from textlab.text.tokenisers.contract import Splits
from textlab.text.tokenisers.splitting import BEHAVIOURS, divided_at


class SplitAtCharacters:
    """Divide splits at some characters.

    Args:
        matches: returns which code points match, bool (0x110000,). Called when the graph is built.
        behaviour: one of `BEHAVIOURS`.
    """

    def __init__(self, matches: Callable[[], np.ndarray], behaviour: str) -> None:
        self._matches, self._behaviour = matches, behaviour

    def __call__(self, splits: Splits) -> Splits:
        matches = CodePointTable(self._matches())(splits.characters.values)
        return divided_at(splits, matches, self._behaviour)


def _whitespace_split(document: Mapping[str, Any]) -> SplitAtCharacters:
    def blanks() -> np.ndarray:
        return treatments("WhitespaceSplit") != JOINED

    return SplitAtCharacters(blanks, "Removed")


def _punctuation(document: Mapping[str, Any]) -> SplitAtCharacters:
    def signs() -> np.ndarray:
        return treatments("Punctuation", behavior="isolated") != JOINED

    if document["behavior"] not in BEHAVIOURS:
        raise ValueError(
            f"The pre-tokenizer Punctuation has the behavior {document['behavior']}, which the graph cannot reproduce. "
            f"Choose a checkpoint whose tokenizer has one of: {', '.join(BEHAVIOURS)}."
        )
    return SplitAtCharacters(signs, document["behavior"])


def _digits(document: Mapping[str, Any]) -> SplitAtCharacters:
    def digits() -> np.ndarray:
        return treatments("Digits", individual_digits=True) != JOINED

    return SplitAtCharacters(digits, "Isolated" if document["individual_digits"] else "Contiguous")


def _delimiter(document: Mapping[str, Any]) -> SplitAtCharacters:
    delimiter = ord(document["delimiter"])
    return SplitAtCharacters(lambda: np.arange(CODE_POINTS) == delimiter, "Removed")


KINDS = {
    "WhitespaceSplit": _whitespace_split,
    "Punctuation": _punctuation,
    "Digits": _digits,
    "CharDelimiterSplit": _delimiter,
}
