"""Find names of classes that look alike, such as "café" in two Unicode forms, or "pos" with a Cyrillic "о"."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable

from textlab.concerns import Concern, ConcernKind
from textlab.wording import listed

_CYRILLIC = str.maketrans("АВЕКМНОРСТУХІЅЈаеорсухіѕјк", "ABEKMHOPCTYXISJaeopcyxisjk")
_GREEK = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυ", "ABEZHIKMNOPTYXaikvopu")


def _without_invisible(name: str) -> str:
    """Remove characters without a width, such as U+200B, and the selectors between text and emoji."""
    return "".join(
        character
        for character in name
        if unicodedata.category(character) != "Cf" and not "\ufe00" <= character <= "\ufe0f"
    )


_STEPS: dict[str, Callable[[str], str]] = {  # in this order
    "characters that cannot be seen": _without_invisible,
    "white space": lambda name: " ".join(name.split()),
    "the Unicode form": lambda name: unicodedata.normalize("NFKC", name),
    "Cyrillic or Greek letters": lambda name: name.translate(_CYRILLIC).translate(_GREEK),
    "case": str.casefold,
    "hyphens": lambda name: re.sub(r"(?<=[^\W\d])[-_ ]+(?=[^\W\d])", " ", name),
    "punctuation at the end": lambda name: name.rstrip(".,;:!?"),
}


def look_alikes(counts: Counter[str]) -> list[Concern]:
    """Return a concern for each group of names that differ only in what a reader hardly sees.

    Args:
        counts: the number of rows of each name.
    """
    groups: dict[str, list[str]] = {}
    for name in counts:
        groups.setdefault(_simplified(name), []).append(name)
    return [_concern(names, counts) for names in groups.values() if len(names) > 1]


def _simplified(name: str, left_out: str = "") -> str:
    simple = name
    for title, step in _STEPS.items():
        if title != left_out:
            simple = step(simple)
    return simple.strip() or name  # a name of punctuation alone, such as "?", looks like no other


def _concern(names: list[str], counts: Counter[str]) -> Concern:
    # Escapes make the difference visible where the letters do not.
    shown = [f"{name!a} ({counts[name]:,} row{'s' * (counts[name] > 1)})" for name in sorted(names)]
    return Concern(
        ConcernKind.LABEL_NAMES,
        f"The labels {listed(shown)} look alike: they differ only in {listed(_reasons(names))}. Each is treated as a "
        "class of its own.",
        "Write them in one way if they mean the same.",
    )


def _reasons(names: list[str]) -> list[str]:
    """Return the steps that make the names equal: those that come last for two names, and those that are needed."""
    reasons, current = [], set(names)
    for title, step in _STEPS.items():
        following = {step(name) for name in current}
        is_needed = len({_simplified(name, left_out=title) for name in names}) > 1
        if is_needed or len(following) < len(current):
            reasons.append(title)
        current = following
    return reasons
