"""Suggest the known names nearest to a misspelt one."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known words, after a space; "" where none is near."""
    near = difflib.get_close_matches(word, list(known), n=2)
    return f" Did you mean {' or '.join(repr(match) for match in near)}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of an error message about an unknown name: suggestions, then all known names."""
    known = list(known)
    return f"{did_you_mean(word, known)} Available: {', '.join(known) or 'none'}."
