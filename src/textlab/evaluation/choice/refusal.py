"""The refusal to recommend a model, because the champion does not beat answers that ignore the example."""

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.floors import FloorTest
from textlab.evaluation.choice.wording import metric_text, p_text, points

REFUSED = "No model can be recommended"
WIDEST = 0.2  # width of the interval of a validation score; a wider one ranks no models


def refusal(test: FloorTest, validation: FloorTest | None, runs_above: int, runs: int, advice: str) -> Concern | None:
    """Say why no model can be recommended; None if the champion can be.

    The champion must be above the better floor on test by more than noise. On validation, being above the floor is
    enough: a small validation split shows little.

    Args:
        test, validation: the champion beside the floors on each split; no validation if it can refuse nothing.
        runs_above: the number of runs that score higher on test than the better floor.
        runs: the number of runs.
        advice: what to do.
    """
    if not test.is_above:
        finding = f"{REFUSED}: on test, {_beside_floor(test)}{_scope(runs_above, runs)}"
        return Concern(ConcernKind.NOT_ABOVE_FLOOR, finding, advice)
    if validation is not None and validation.difference <= 0:
        finding = f"{REFUSED}: on validation, {_beside_floor(validation)}, so validation scores cannot choose a model."
        return Concern(ConcernKind.NOT_ABOVE_FLOOR, finding, advice)
    return None


def weak_choice(validation: FloorTest, runs: int) -> Concern | None:
    """Say that validation hardly supports the choice among several runs; None if it does.

    The concern is serious if validation is so small that the interval of a score is wider than `WIDEST`.
    """
    if runs == 1 or validation.is_above:
        return None
    finding = (
        f"Validation hardly supports the choice of {validation.model}: on validation, {_beside_floor(validation)}."
    )
    advice = f"Add validation {validation.comparison.noun}."
    return Concern(ConcernKind.NOT_ABOVE_FLOOR, finding, advice, not validation.width <= WIDEST)


def _beside_floor(test: FloorTest) -> str:
    """Return such as "the macro F1 of bert is 39.0, and answers that ignore the example (class shares) reach 49.8"."""
    scores = (
        f"the {metric_text(test.comparison.metric)} of {test.model} is {100 * test.score(test.model):.1f}, and "
        f"{test.ignoring} ({test.floor_text}) reach {100 * test.score(test.floor):.1f}"
    )
    if test.difference <= 0:
        return scores
    return f"{scores}; a difference of {points(test.difference)} is within noise ({p_text(test.p)})"


def _scope(runs_above: int, runs: int) -> str:
    if runs == 1:
        return "."
    if not runs_above:
        return f". None of the {runs} runs scores above this floor."
    return f". {runs_above} of {runs} runs score{'s' if runs_above == 1 else ''} above this floor."
