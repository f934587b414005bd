"""Suggest known names for a misspelt one."""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question with the most similar known words, such as " Did you mean 'lstm'?"; "" if none is similar."""
    matches = difflib.get_close_matches(word, list(known), n=2)
    return f" Did you mean {' or '.join(repr(match) for match in matches)}?" if matches else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the end of an error message about an unknown name: the most similar known names, then all of them."""
    known = list(known)
    return f"{did_you_mean(word, known)} Available: {', '.join(known) or 'none'}."
