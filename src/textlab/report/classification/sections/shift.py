"""Show if the splits come from the same source."""

from collections.abc import Sequence

from textlab.evaluation.choice.wording import p_value
from textlab.evaluation.shift import Shift
from textlab.evaluation.shift.findings import (
    FEWEST_RECOGNISED,
    auc_text,
    has_language_shift,
    movement_name,
    share,
    strongest,
    verdict,
)
from textlab.evaluation.shift.sample import LIMIT
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, number, sentences, stacked, table

HEADINGS = ("splits", "AUC", "95% interval", "p", "class shares, Cramér's V", "median words", "main language")
SHOWN_MOVEMENTS = 10


def splits(findings: ClassificationFindings) -> Fragment:
    """Show how well each pair of splits can be told apart, and what moved."""
    if findings.data.audit is None:
        return sentences(findings.data.problem)
    return compared(findings.data.audit.splits.shifts)


def compared(shifts: Sequence[Shift]) -> Fragment:
    """Show shifts: the verdict, a row per pair, and the words and features that moved."""
    rows = [[Field(f"{shift.reference} and {shift.current}"), *_fields(shift)] for shift in shifts]
    return stacked(sentences(verdict(shifts)), table(HEADINGS, rows), *_moved(shifts), sentences(_method(shifts)))


def _fields(shift: Shift) -> list[Field]:
    words, classes = shift.lengths[0], shift.classes
    known = shift.auc == shift.auc
    return [
        Field(
            auc_text(shift.auc) if known else "too few texts", shade=max(0.0, 1.4 * (shift.auc - 0.5)) if known else 0
        ),
        Field(f"{auc_text(shift.low)} to {auc_text(shift.high)}" if known else "–"),
        Field(p_value(shift.p)),
        Field("–" if classes is None else number(classes.cramers_v, 2)),
        Field(f"{words.reference:.0f} and {words.current:.0f}"),
        Field(_main_language(shift), is_number=False),
    ]


def _main_language(shift: Shift) -> str:
    languages = shift.languages
    both = languages.reference, languages.current
    names = [next(iter(shares), "unclear") for shares in both]
    if not has_language_shift(languages):
        if min(languages.recognised) < FEWEST_RECOGNISED:
            return "unclear"  # the languages of a few texts say nothing about the others, such as titles of two words
        if names[0] == names[1]:
            return names[0]
    return " and ".join(f"{share(shares.get(name, 0.0))} {name}" for name, shares in zip(names, both, strict=True))


def _moved(shifts: Sequence[Shift]) -> list[Fragment]:
    """Show the words and features that moved most in the pair of splits that differs most."""
    moving = [shift for shift in shifts if strongest(shift.movements)]
    if not moving:
        return [sentences("No word and no feature, such as links or upper case, has moved between two splits.")]
    shift = max(moving, key=lambda one: one.auc if one.auc == one.auc else 0.0)
    rows = [
        [Field(movement_name(moved)), Field(share(moved.reference)), Field(share(moved.current))]
        for moved in strongest(shift.movements, SHOWN_MOVEMENTS)
    ]
    title = f"Words and features that moved most: the share of texts in {shift.reference} and in {shift.current}."
    return [sentences(title), table(["word or feature", shift.reference, shift.current], rows)]


def _method(shifts: Sequence[Shift]) -> str:
    method = (
        "The AUC is that of a classifier that tells two splits apart, out of fold and among texts of the same class; "
        "0.5 is chance."
    )
    if any(shift.texts != shift.of_texts for shift in shifts):
        return f"{method} Of a larger split, {LIMIT:,} random texts are compared."
    return method
