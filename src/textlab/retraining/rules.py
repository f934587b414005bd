"""The rules of the gate, which decide whether a challenger replaces the champion, each with its reason in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from textlab.evaluation.choice.floors import FloorTest
from textlab.evaluation.choice.wording import SIMILAR_SPEED, metric_text, points, relative_speed
from textlab.retraining.evidence import Difference, chance_within
from textlab.retraining.slices import BEHAVIOUR, Part
from textlab.wording import listed

MARGIN = 0.01
MOST_NAMED = 5  # fallen parts that a sentence names


class Result(StrEnum):
    """The result of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    NOTE = "note"  # a rule that could not be judged, or a fact; it decides nothing


@dataclass(frozen=True)
class Rule:
    """A rule and what it says about the challenger.

    Attributes:
        name: the rule.
        result: whether it is met.
        reason: one to three sentences with the numbers.
    """

    name: str
    result: Result
    reason: str


@dataclass(frozen=True)
class Evidence:
    """The measurements of the two models.

    Attributes:
        test: the difference on the fixed test set.
        newest: the difference on the newest labelled texts; None without such texts.
        parts: slices, classes and behavioural tests of the test set.
        floor: the challenger beside the floors on the fixed test set.
        champion_ms, challenger_ms: the median latency of one text, measured in turns in one process.
        left_out: why there are no behavioural tests, in a sentence; "" if the texts suit them.
    """

    test: Difference
    newest: Difference | None
    parts: Sequence[Part]
    floor: FloorTest
    champion_ms: float
    challenger_ms: float
    left_out: str = ""

    @property
    def times_faster(self) -> float:
        """The champion's latency as a multiple of the challenger's."""
        return self.champion_ms / self.challenger_ms


def judge(evidence: Evidence, margin: float = MARGIN, floor: float | None = None) -> list[Rule]:
    """Judge a challenger by every rule; it is promoted if none has failed.

    Args:
        evidence: the measurements.
        margin: by how much the challenger may be worse, as a share of one.
        floor: the score that the challenger must reach on the fixed test set, as a share of one; None for no such rule.
    """
    rules = [_above_floors(evidence.floor)]
    if floor is not None:
        rules.append(_above_absolute_floor(evidence.test, floor))
    rules += [_quality(evidence.test, margin), _reason_to_change(evidence), _newest(evidence.newest)]
    behaviour = [part for part in evidence.parts if part.kind == BEHAVIOUR]
    slices = [part for part in evidence.parts if part.kind != BEHAVIOUR]
    rules.append(_no_fall("Slices and classes", "slices and classes", slices, margin))
    rules.append(_no_fall("Behavioural tests", "behavioural tests", behaviour, margin, evidence.left_out))
    return [*rules, _power(evidence.test, margin)]


def may_promote(rules: Sequence[Rule]) -> bool:
    """Return whether no rule has failed."""
    return all(rule.result is not Result.FAILED for rule in rules)


def _rule(name: str, is_met: bool, reason: str) -> Rule:
    return Rule(name, Result.PASSED if is_met else Result.FAILED, reason)


def _above_floors(floor: FloorTest) -> Rule:
    score, reached = 100 * floor.score(floor.model), 100 * floor.score(floor.floor)
    reason = (
        f"The challenger scores {score:.1f} on the fixed test set; answers that ignore the text ({floor.floor}) reach "
        f"{reached:.1f}."
    )
    return _rule("Above answers that ignore the text", floor.is_above, reason)


def _above_absolute_floor(test: Difference, floor: float) -> Rule:
    reason = (
        f"The challenger's score on the fixed test set has a 95 % interval from {100 * test.challenger_low:.1f}; the "
        f"floor is {100 * floor:.1f}."
    )
    return _rule("Above the absolute floor", test.challenger_low >= floor, reason)


def _quality(test: Difference, margin: float) -> Rule:
    name = "Fixed test set"
    if test.is_better:
        return _rule(name, True, f"{_scores(test)} The challenger is better.")
    if test.is_within(margin):
        return _rule(name, True, f"{_scores(test)} It is shown to be at most {points(margin)} worse.")
    if test.is_worse:
        return _rule(name, False, f"{_scores(test)} The challenger is worse.")
    return _rule(name, False, f"{_scores(test)} A fall of more than {points(margin)} cannot be excluded.")


def _reason_to_change(evidence: Evidence) -> Rule:
    reasons = []
    if evidence.test.is_better:
        reasons.append("better on the fixed test set")
    if evidence.newest is not None and evidence.newest.is_better:
        reasons.append("better on the newest labelled texts")
    if evidence.times_faster >= SIMILAR_SPEED:
        reasons.append(relative_speed(evidence.times_faster))
    speed = f"{evidence.challenger_ms:.2g} ms a text against {evidence.champion_ms:.2g} ms"
    if reasons:
        return _rule("Reason to change", True, f"The challenger is {listed(reasons)} ({speed}).")
    reason = (
        "The challenger is neither shown to be better on the fixed test set or the newest labelled texts nor clearly "
        f"faster ({speed})."
    )
    return _rule("Reason to change", False, reason)


def _newest(newest: Difference | None) -> Rule:
    name = "Newest labelled texts"
    if newest is None:
        return Rule(
            name,
            Result.NOTE,
            "There are no newest labelled texts, so they decide nothing. Give a labelled file with --labelled.",
        )
    if newest.is_worse:
        return _rule(name, False, f"{_scores(newest)} The challenger is worse.")
    verdict = "The challenger is better." if newest.is_better else "It is not shown to be worse."
    return _rule(name, True, f"{_scores(newest)} {verdict}")


def _no_fall(name: str, spelled: str, parts: Sequence[Part], margin: float, left_out: str = "") -> Rule:
    """Judge parts: a fall must be shown after correction, and exceed the margin."""
    if not parts:
        return Rule(name, Result.NOTE, left_out or f"There are no {spelled} to compare.")
    fallen = [part for part in parts if part.has_fallen(margin)]
    if fallen:
        named = listed([_fall(part) for part in fallen[:MOST_NAMED]])
        more = f", and {len(fallen) - MOST_NAMED} more" if len(fallen) > MOST_NAMED else ""
        return _rule(name, False, f"The challenger is worse by more than {points(margin)} on {named}{more}.")
    small = sum(not part.can_show_a_fall for part in parts)
    lower = sum(part.difference < -margin for part in parts)
    reason = f"No fall of more than {points(margin)} is shown on {len(parts)} {spelled} (Holm's correction)."
    if lower:
        reason += f" {lower} {'scores' if lower == 1 else 'score'} lower by more than that, within noise."
    if small:
        holds = "1 has" if small == 1 else f"{small} have"
        reason += f" {holds} fewer than {parts[0].least_lost} texts, which cannot show any fall."
    return _rule(name, True, reason)


def _fall(part: Part) -> str:
    label = part.name if part.kind == BEHAVIOUR else f"{part.kind} {part.name}"
    return (
        f"{label} ({100 * part.champion:.1f} to {100 * part.challenger:.1f} on {part.texts:,} texts, corrected p = "
        f"{part.p_corrected:.2g})"
    )


def _power(test: Difference, margin: float) -> Rule:
    """State what the test set can show."""
    reason = (
        f"With {test.texts:,} test texts, a true difference of {points(test.detectable)} is found 80 % of the time. "
        f"Two equally good models are shown to be within {points(margin)} in {100 * chance_within(test, margin):.0f} % "
        "of retrains."
    )
    return Rule("Power of the fixed test set", Result.NOTE, reason)


def _scores(difference: Difference) -> str:
    low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in (difference.low, difference.high))
    return (
        f"The {metric_text(difference.metric)} is {100 * difference.challenger:.1f} against "
        f"{100 * difference.champion:.1f} of the champion on {difference.texts:,} texts; the 95 % interval of the "
        f"difference is {low} to {high} points."
    )
