"""Lists and numbers in words."""

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Join names: "", "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def shortlist(names: Sequence[str], most: int = 5) -> str:
    """Join the first `most` names and count the others: "a, b and 75 more"."""
    rest = len(names) - most
    return listed(names) if rest <= 0 else listed([*names[:most], f"{rest:,} more"])


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: "1 line", "1,200 lines"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
