"""The verdict of a report: the recommendation or refusal, then the reasons to doubt it, then the details."""

from collections.abc import Sequence
from dataclasses import dataclass

from textlab.concerns import Concern, ConcernKind

MOST_WARNINGS = 6
NOTED = (  # kinds that the answer states at its end if they are not serious
    *(ConcernKind.SCORE_FALL, ConcernKind.FEW_TEXTS, ConcernKind.WIDE_INTERVALS, ConcernKind.ONE_SEED),
    *(ConcernKind.NOT_ABOVE_FLOOR, ConcernKind.NOT_CHECKED, ConcernKind.TRAINED_TOO_LITTLE, ConcernKind.TRUNCATED),
)


@dataclass(frozen=True)
class Verdict:
    """The answer to the question which model to use.

    Attributes:
        headline: the recommendation, or why there is none.
        warnings: the serious concerns, one paragraph each; the last may count further ones.
        details: the runner-up, the other models, power, and short notes.
        is_refusal: whether no model can be recommended.
    """

    headline: str
    warnings: tuple[str, ...]
    details: tuple[str, ...]
    is_refusal: bool = False

    @property
    def paragraphs(self) -> list[str]:
        """All paragraphs in order."""
        return [self.headline, *self.warnings, *self.details]


def warnings(concerns: Sequence[Concern]) -> tuple[str, ...]:
    """Return the texts of serious concerns; beyond `MOST_WARNINGS`, they are counted."""
    texts = [concern.text for concern in concerns if concern.is_serious]
    rest = len(texts) - MOST_WARNINGS
    if rest <= 0:
        return tuple(texts)
    more = "1 more concern is listed" if rest == 1 else f"{rest} more concerns are listed"
    return (*texts[:MOST_WARNINGS], f"{more} below.")


def refused(concerns: Sequence[Concern], best: str) -> Verdict:
    """Write the verdict that no model can be recommended.

    Args:
        concerns: the refusal first.
        best: a sentence about the model that would have been recommended.
    """
    first, *others = concerns
    last = " ".join(_notes(others))
    details = (first.advice, best, *([last] if last else []))
    return Verdict(first.finding, warnings(others), details, is_refusal=True)


def recommended(conclusion: Sequence[str], concerns: Sequence[Concern], note: str) -> Verdict:
    """Write the verdict that recommends a model.

    Args:
        conclusion: the paragraphs of `conclusion.conclusion`. A serious concern adds a sentence to the first.
        concerns: all concerns; the serious ones follow the recommendation, and the others end the answer.
        note: a further sentence, or nothing.
    """
    recommendation, *details = conclusion
    if count := sum(concern.is_serious for concern in concerns):
        below = "concern" if count == 1 else f"{count} concerns"
        recommendation += f" Read the {below} below before you rely on this recommendation."
    last = " ".join(filter(None, [note, *_notes(concerns)]))
    return Verdict(recommendation, warnings(concerns), (*details, *([last] if last else [])))


def _notes(concerns: Sequence[Concern]) -> list[str]:
    return [concern.finding for concern in concerns if not concern.is_serious and concern.kind in NOTED]
