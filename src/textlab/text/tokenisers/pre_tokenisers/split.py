"""The pre-tokenizer Split: divide texts where a pattern matches."""

from collections.abc import Callable, Mapping
from typing import Any

from textlab.text.tokenisers.contract import PreTokeniser, Splits
from textlab.text.tokenisers.dividing import divide, row_starts, shifted
from textlab.text.tokenisers.patterns import Find, Matches, find_regex, find_string


class Split:
    """Divides texts at the matches of a pattern.

    Args:
        find: the function that finds matches.
        behaviour: Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous, as in tokenizers.
        invert: whether the gaps between matches count as the matches.
    """

    def __init__(self, find: Find, behaviour: str, invert: bool = False) -> None:
        self.find, self.behaviour, self.invert = find, behaviour, invert

    def __call__(self, splits: Splits) -> Splits:
        """Return the smaller splits, in order; empty ones are left out."""
        matches = self.find(splits.characters)
        if self.invert:
            matches = Matches(matches.starts, ~matches.matched)
        first = row_starts(splits.characters)
        starts = first | BEHAVIOURS[self.behaviour](matches, first)
        return divide(splits, starts, ~matches.matched if self.behaviour == "Removed" else None)


def _merged_with_previous(matches: Matches, first: Any) -> Any:
    """Let a match that follows a gap belong to it."""
    return matches.starts & ~(matches.matched & ~shifted(matches.matched, 1, True))


def _merged_with_next(matches: Matches, first: Any) -> Any:
    """Let a gap that follows a match belong to it."""
    return matches.starts & ~(~matches.matched & shifted(matches.matched, 1, False))


def _contiguous(matches: Matches, first: Any) -> Any:
    """Let neighbouring matches belong together."""
    import tensorflow as tf

    return tf.not_equal(matches.matched, shifted(matches.matched, 1, False))


BEHAVIOURS: dict[str, Callable[[Matches, Any], Any]] = {
    "Removed": lambda matches, first: matches.starts,
    "Isolated": lambda matches, first: matches.starts,
    "MergedWithPrevious": _merged_with_previous,
    "MergedWithNext": _merged_with_next,
    "Contiguous": _contiguous,
}


def _build(document: Mapping[str, Any]) -> PreTokeniser:
    pattern, behaviour = document["pattern"], document["behavior"]
    if behaviour not in BEHAVIOURS:
        raise ValueError(
            f"The tokenizer splits texts with the behaviour {behaviour}, which the graph does not know. "
            f"Choose a checkpoint whose tokenizer has one of: {', '.join(BEHAVIOURS)}."
        )
    find = find_string(pattern["String"]) if "String" in pattern else find_regex(pattern["Regex"])
    return Split(find, behaviour, document.get("invert", False))


KINDS = {"Split": _build}
