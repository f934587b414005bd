"""Why no model can be recommended: the champion does not beat answers that ignore the text."""

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice.wording import metric_text, p_text, points
from textlab.evaluation.classification.floors import MAJORITY, FloorTest

REFUSED = "No model can be recommended"
WIDEST = 0.2  # width of the interval of a validation score; a wider one ranks no models
ADVICE = "Promote none of the models until the cause is known: check the splits, the labels and the mistakes."


def refusal(test: FloorTest, validation: FloorTest, runs_above: int, runs: int) -> Concern | None:
    """Say why no model can be recommended; None if the champion can be.

    The champion must be above the better floor on test by more than noise. On validation, being above the floor is
    enough: a small validation split shows little. On texts of one class a floor can score 100, so such a validation
    split refuses nothing.

    Args:
        test, validation: the champion beside the floors on each split.
        runs_above: the number of runs that score higher on test than the better floor.
        runs: the number of runs.
    """
    if test.classes == 1:
        finding = f"{REFUSED}: all test texts have one class, so no score on them shows what a model has learnt."
        return Concern(ConcernKind.NOT_ABOVE_FLOOR, finding, "Put texts of every class into test.")
    if not test.is_above:
        finding = f"{REFUSED}: on test, {_beside_floor(test)}{_scope(runs_above, runs)}"
        return Concern(ConcernKind.NOT_ABOVE_FLOOR, f"{finding}{_accuracy(test)}", ADVICE)
    if validation.classes > 1 and validation.difference <= 0:
        finding = f"{REFUSED}: on validation, {_beside_floor(validation)}, so validation scores cannot choose a model."
        return Concern(ConcernKind.NOT_ABOVE_FLOOR, finding, ADVICE)
    return None


def weak_choice(validation: FloorTest, runs: int) -> Concern | None:
    """Say that validation hardly supports the choice among several runs; None if it does."""
    if runs == 1 or validation.classes == 1 or validation.is_above:
        return None
    finding = (
        f"Validation hardly supports the choice of {validation.model}: on validation, {_beside_floor(validation)}."
    )
    return Concern(ConcernKind.NOT_ABOVE_FLOOR, finding, "Add validation texts.", not validation.width <= WIDEST)


def accuracy_note(test: FloorTest) -> str:
    """Say that a model is less accurate than the majority class, which balanced weights can cause; "" otherwise."""
    return _accuracy(test).strip()


def _beside_floor(test: FloorTest) -> str:
    """Return a clause like "the macro F1 of bert is 39.0, and answers that ignore the text (class shares) reach 49.8"."""
    name, floor = metric_text(test.comparison.metric), test.floor
    if floor == MAJORITY:
        floor += f', always "{test.majority}"'
    scores = (
        f"the {name} of {test.model} is {100 * test.score(test.model):.1f}, and answers that ignore the text ({floor}) "
        f"reach {100 * test.score(test.floor):.1f}"
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


def _accuracy(test: FloorTest) -> str:
    if not test.is_less_accurate_than_majority:
        return ""
    own, majority = (100 * test.score(name, "accuracy") for name in (test.model, MAJORITY))
    return (
        f" The accuracy of {test.model}, {own:.1f}, is significantly below the {majority:.1f} of always answering "
        f'"{test.majority}".'
    )
