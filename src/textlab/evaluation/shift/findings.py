"""The concerns that follow from the shifts between splits, in sentences."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from string import punctuation

import numpy as np

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.shift.class_shares import ClassShift
from textlab.evaluation.shift.languages import LanguageShift
from textlab.evaluation.shift.movements import Movement
from textlab.evaluation.shift.shift import Shift

SURE_P = 1e-4  # a comparison of splits takes several looks
SURE_CLASS_P = 1e-3  # splits with stratified classes give p values near 1
MATERIAL_AUC = 0.70  # at least 23 % of the texts differ; docs/decisions.md has the measurements
MATERIAL_V = 0.10  # for example 45 % and 55 % of a class
MATERIAL_LANGUAGES = 0.10  # the share of texts in other languages
FEWEST_RECOGNISED = 0.3  # with a smaller share of recognised texts, the rest decides nothing
MATERIAL_LENGTH = 0.20  # Kolmogorov-Smirnov distance
NAMED = 5  # words and features in a finding
ADJECTIVES = {"train": "training"}


def is_sure(shift: Shift) -> bool:
    """Whether chance alone does not explain how well the samples can be told apart."""
    return shift.p < SURE_P


def is_material(shift: Shift) -> bool:
    """Whether the samples differ so much that scores on one say little about the other."""
    return is_sure(shift) and shift.auc >= MATERIAL_AUC


def has_class_shift(shares: ClassShift | None) -> bool:
    """Whether class shares differ surely and materially."""
    return shares is not None and shares.p < SURE_CLASS_P and shares.cramers_v >= MATERIAL_V


def has_language_shift(languages: LanguageShift) -> bool:
    """Whether the languages differ surely and materially."""
    return languages.p < SURE_P and languages.distance >= MATERIAL_LANGUAGES


def is_multilingual(languages: LanguageShift) -> bool:
    """Whether a second language has a material share of the reference."""
    shares = list(languages.reference.values())
    return len(shares) > 1 and shares[1] >= MATERIAL_LANGUAGES and languages.recognised[0] >= FEWEST_RECOGNISED


def shift_concerns(shifts: Sequence[Shift]) -> Iterator[Concern]:
    """Yield the concerns about shifts between splits: at most one of each kind.

    Args:
        shifts: train against validation, train against test, and validation against test.
    """
    if foreign := [shift for shift in shifts if has_language_shift(shift.languages)]:
        worst = max(foreign, key=lambda shift: shift.languages.distance)
        advice = "Take validation and test texts in the languages of future texts, and report scores by language."
        yield Concern(ConcernKind.LANGUAGE_SHIFT, language_finding(worst), advice)
    elif shifts and is_multilingual(shifts[0].languages):
        finding = f"The texts are in several languages: the {adjective(shifts[0].reference)} texts are "
        finding += f"{spoken(shifts[0].languages.reference)}."
        yield Concern(
            ConcernKind.UNUSUAL_TEXT,
            finding,
            "Report scores by language, because an average hides the weaker language.",
        )
    if different := [shift for shift in shifts if is_sure(shift)]:
        yield _source_concern(different)
    if unequal := [shift for shift in shifts if has_class_shift(shift.classes)]:
        worst = max(unequal, key=lambda shift: shift.classes.cramers_v if shift.classes else 0.0)
        advice = "Give validation the class shares of future texts, and compare the scores of each class."
        yield Concern(ConcernKind.CLASS_SHIFT, class_finding(worst), advice)


def verdict(shifts: Sequence[Shift]) -> str:
    """Say in one sentence whether the splits come from the same source."""
    known = [shift for shift in shifts if shift.auc == shift.auc]
    if not known:
        return "The splits have too few texts to say whether they come from the same source."
    if material := [shift for shift in known if is_material(shift)]:
        return source_verdict(*odd_one_out(material))
    worst = max(known, key=lambda shift: (is_sure(shift), shift.auc))
    if is_sure(worst):
        return f"{_somewhat(worst)} {auc_sentence(worst)}"
    return (
        "The splits look like random parts of one source: a classifier cannot tell them apart (AUC at most "
        f"{max(shift.auc for shift in known):.2f}; chance is 0.50)."
    )


def _source_concern(different: Sequence[Shift]) -> Concern:
    material = [shift for shift in different if is_material(shift)]
    if not material:
        worst = max(different, key=lambda shift: shift.auc)
        advice = "Scores on other texts may differ somewhat; compare the scores on validation and test."
        return Concern(ConcernKind.SPLIT_SHIFT, slight_finding(worst), advice, is_serious=False)
    odd, others = odd_one_out(material)
    shown = next(shift for shift in material if odd in (shift.reference, shift.current))
    finding = f"{source_verdict(odd, others)} {auc_sentence(shown)} {moved_sentence(shown)}".strip()
    advice = f"Take validation texts from data like the {'test texts' if odd == 'test' else 'future texts'}"
    return Concern(ConcernKind.SPLIT_SHIFT, finding, f"{advice}, and report scores by source.")


def odd_one_out(material: Sequence[Shift]) -> tuple[str, list[str]]:
    """Return the split in the most material shifts, the later one in doubt, and the splits from which it differs."""
    pairs = [(shift.reference, shift.current) for shift in material]
    names = list(dict.fromkeys(name for pair in reversed(pairs) for name in reversed(pair)))
    odd = max(names, key=lambda name: sum(name in pair for pair in pairs))
    return odd, [first if second == odd else second for first, second in pairs if odd in (first, second)]


def source_verdict(odd: str, others: Sequence[str]) -> str:
    """Say which split differs from which."""
    named = " and ".join(adjective(name) for name in others)
    return f"The {adjective(odd)} texts come from another source, topic or time than the {named} texts."


def auc_sentence(shift: Shift) -> str:
    """Say how well the samples can be told apart."""
    return (
        f"A classifier tells {adjective(shift.current)} from {adjective(shift.reference)} texts of the same class "
        f"with an AUC of {auc_text(shift.auc)} ({auc_text(shift.low)} to {auc_text(shift.high)}; chance is 0.50)."
    )


def auc_text(auc: float) -> str:
    """Write an AUC with two decimals, or three near 1."""
    return f"{auc:.3f}" if 0.99 <= auc < 0.9995 else f"{auc:.2f}"


def slight_finding(shift: Shift) -> str:
    """Say that two samples differ, but not enough for an alarm."""
    return f"{_somewhat(shift)} {auc_sentence(shift)} {moved_sentence(shift)}".strip()


def _somewhat(shift: Shift) -> str:
    return f"The {adjective(shift.current)} texts differ somewhat from the {adjective(shift.reference)} texts."


def moved_sentence(shift: Shift) -> str:
    """Name the words and features whose share moved most, and the length if it did; "" if nothing did."""
    parts = []
    if moved := strongest(shift.movements):
        named = ", ".join(f"{movement_name(one)} {share(one.reference)} and {share(one.current)}" for one in moved)
        parts.append(f"These shares of texts differ most between {shift.reference} and {shift.current}: {named}.")
    words = shift.lengths[0]
    if words.p < SURE_P and words.distance >= MATERIAL_LENGTH:
        parts.append(
            f"The median length is {words.reference:.0f} words in {shift.reference} and {words.current:.0f} in "
            f"{shift.current}."
        )
    return " ".join(parts)


def strongest(moved: Sequence[Movement], count: int = NAMED) -> list[Movement]:
    """Return the movements that explain most: features first, then words that came and words that went, in turn."""
    features = sorted(
        (one for one in moved if not one.is_word and abs(one.current - one.reference) >= 0.1),
        key=lambda one: -abs(one.current - one.reference),
    )[: count // 2]
    words = [one for one in moved if one.is_word and not set(one.name) <= set(punctuation)]
    more = [one for one in words if one.current > one.reference]
    fewer = [one for one in words if one.current < one.reference]
    alternating = [one for pair in zip_longest(more, fewer) for one in pair if one is not None]
    return [*features, *alternating[: count - len(features)]]


def movement_name(moved: Movement) -> str:
    """Write a word in quotation marks, and a feature as it is."""
    return f'"{moved.name}"' if moved.is_word else moved.name


def class_finding(shift: Shift) -> str:
    """Name the classes whose shares differ most."""
    shares = shift.classes
    assert shares is not None
    reference, current = shares.shares
    largest = np.argsort(-abs(current - reference), kind="stable")[:3]
    named = ", ".join(
        f'"{shares.names[label]}" {share(reference[label])} and {share(current[label])}' for label in largest
    )
    return (
        f"The class shares differ between {shift.reference} and {shift.current} (Cramér's V {shares.cramers_v:.2f}): "
        f"{named}."
    )


def language_finding(shift: Shift) -> str:
    """Name the languages of both samples."""
    languages = shift.languages
    return (
        f"The languages differ: the {adjective(shift.reference)} texts are {spoken(languages.reference)}; the "
        f"{adjective(shift.current)} texts are {spoken(languages.current)}."
    )


def spoken(shares: dict[str, float]) -> str:
    """Name the languages of at least 2 % of the texts."""
    named = [f"{share(part)} {name}" for name, part in shares.items() if part >= 0.02][:3]
    return ", ".join(named) or "in no language that is recognised"


def adjective(split: str) -> str:
    """Return the word before "texts": "training", "test"."""
    return ADJECTIVES.get(split, split)


def share(value: float) -> str:
    """Write a share in percent, small ones with a decimal."""
    return f"{100 * value:.0f}%" if value >= 0.1 or value == 0 else f"{100 * value:.1f}%"
