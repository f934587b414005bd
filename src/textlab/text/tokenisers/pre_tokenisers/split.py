"""The pre-tokenizer Split: divide texts where a pattern matches."""

from collections.abc import Mapping
from typing import Any

from textlab.text.tokenisers.contract import PreTokeniser, Splits
from textlab.text.tokenisers.patterns import Find, Matches, find_regex, find_string
from textlab.text.tokenisers.splitting import BEHAVIOURS, divided, shifted


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
        """Return the smaller splits, in order."""
        matches = self.find(splits.characters)
        if self.invert:
            matches = Matches(matches.starts, ~matches.matched)
        return divided(splits, self._begins(matches), ~matches.matched if self.behaviour == "Removed" else None)

    def _begins(self, matches: Matches) -> Any:
        """Return the characters before which the behaviour divides, beside the first of each split, bool (n,)."""
        import tensorflow as tf

        before = shifted(matches.matched, 1, False)
        if self.behaviour == "MergedWithPrevious":  # a match belongs to the gap before it
            return matches.starts & (before | ~matches.matched)
        if self.behaviour == "MergedWithNext":  # a gap belongs to the match before it
            return matches.starts & (matches.matched | ~before)
        if self.behaviour == "Contiguous":  # neighbouring matches belong together
            return tf.not_equal(matches.matched, before)
        return matches.starts


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
