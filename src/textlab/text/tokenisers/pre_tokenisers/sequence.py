"""Sequence: several pre-tokenizers, one after the other."""

from collections.abc import Mapping
from typing import Any

from textlab.text.tokenisers.contract import PreTokeniser, Splits, build


class InTurn:
    """Several pre-tokenizers, one after the other.

    Args:
        parts: in the order in which they work.
    """

    def __init__(self, parts: list[PreTokeniser]) -> None:
        self._parts = parts

    def __call__(self, splits: Splits) -> Splits:
        for part in self._parts:
            splits = part(splits)
        return splits


def _sequence(document: Mapping[str, Any]) -> InTurn:
    return InTurn([build("pre_tokenisers", part) for part in document["pretokenizers"]])


KINDS = {"Sequence": _sequence}
