"""The decisions that a promoted bundle makes: computed from the run's validation, and measured on its test."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textlab.bundle_format.decisions import DecisionRules, read_decisions
from textlab.bundle_format.labels import read_labels
from textlab.bundle_format.signature import read_signature
from textlab.evaluation.classification.deciding.outcomes import Outcome, outcomes
from textlab.evaluation.classification.deciding.rules import Promise, fit_rules
from textlab.evaluation.tasks import task
from textlab.evaluation.wishes import Wishes, read_wishes
from textlab.promotion.candidate import Candidate


@dataclass(frozen=True)
class StatedDecisions:
    """The rules of a bundle, with what was stated and what validation and test gave.

    Attributes:
        rules: the rules.
        facts: for the card: "stated" (sentences) and "promises", each with its threshold and its outcomes.
        sentences: the same for people, a line each.
    """

    rules: DecisionRules
    facts: Mapping[str, Any]
    sentences: tuple[str, ...]


def stated_decisions(candidate: Candidate, wishes: Wishes) -> StatedDecisions:
    """Compute the rules from the candidate's validation predictions, and measure them on both splits.

    Raises:
        ValueError: the model's task has no decisions, a wish does not fit its classes, or a promise
            cannot be kept.
    """
    if not task(candidate.task).has_decisions:
        raise ValueError(
            f"The run is for {candidate.task}, a task without decision rules. Leave the options of decisions out."
        )
    fitted = fit_rules(candidate.predictions["validation"], wishes)
    if fitted.problems:
        raise ValueError(f"Nothing is promoted. {' '.join(fitted.problems)}")
    found = {split: outcomes(fitted.promises, fitted.rules, frame) for split, frame in candidate.predictions.items()}
    pairs = list(zip(fitted.promises, found["validation"], found["test"], strict=True))
    facts = {
        "stated": fitted.rules.stated["sentences"],
        "promises": [_fact(promise, validation, test) for promise, validation, test in pairs],
    }
    lines = [_line(promise, validation, test) for promise, validation, test in pairs]
    return StatedDecisions(fitted.rules, facts, (*lines, *fitted.notes))


def wishes_of(bundle: Path) -> Wishes:
    """Return the wishes from which the rules of a promoted bundle were computed; no wishes if it has no rules."""
    if not task(read_signature(bundle).task).has_decisions:
        return Wishes()
    rules = read_decisions(bundle, read_labels(bundle))
    return read_wishes(rules.stated.get("wishes", {})) if rules else Wishes()


def _fact(promise: Promise, validation: Outcome | None, test: Outcome | None) -> dict[str, Any]:
    fact = {"statement": promise.statement, "wanted": promise.wanted, "threshold": promise.threshold}
    measured = {"validation": validation, "test": test}
    return fact | {split: vars(outcome) for split, outcome in measured.items() if outcome is not None}


def _line(promise: Promise, validation: Outcome | None, test: Outcome | None) -> str:
    """Return such as "Recall of negative at least 80 %: threshold 0.31; validation 84.1; test 83.0 (80.1 to 85.2)."."""
    threshold = "" if promise.threshold is None else f"threshold {promise.threshold:.3f}; "
    title = promise.statement[0].upper() + promise.statement[1:]
    if validation is None or test is None:
        return f"{title}."
    scale, digits = (1, 3) if promise.kind == "costs" else (100, 1)
    numbers = [f"{scale * value:.{digits}f}" for value in (validation.value, test.value, test.low, test.high)]
    unit = "cost per example: " if promise.kind == "costs" else ""
    answered = f", {100 * test.share:.1f} % of test answered" if promise.kind == "accuracy" else ""
    verdict = {"broken": ". Test breaks the promise: validation and test differ"}.get(test.verdict(promise.wanted), "")
    return (
        f"{title}: {threshold}{unit}validation {numbers[0]}, test {numbers[1]} ({numbers[2]} to {numbers[3]})"
        f"{answered}{verdict}."
    )
