"""The refusal to recommend a classifier, because the champion does not beat answers that ignore the example."""

from dataclasses import replace

from textlab.concerns import Concern, ConcernKind
from textlab.evaluation.choice import refusal as of_any_task
from textlab.evaluation.choice.refusal import REFUSED
from textlab.evaluation.classification.floors import MAJORITY, ClassFloorTest

ADVICE = "Promote none of the models until the cause is known: check the splits, the labels and the mistakes."


def refusal(test: ClassFloorTest, validation: ClassFloorTest, runs_above: int, runs: int) -> Concern | None:
    """Say why no model can be recommended; None if the champion can be. See `choice.refusal.refusal`.

    On texts of one class a floor can score 100, so such a validation split refuses nothing.

    Args:
        test, validation: the champion beside the floors on each split.
        runs_above: the number of runs that score higher on test than the better floor.
        runs: the number of runs.
    """
    if test.classes == 1:
        noun = test.comparison.noun
        finding = f"{REFUSED}: all test {noun} have one class, so no score on them shows what a model has learnt."
        return Concern(ConcernKind.NOT_ABOVE_FLOOR, finding, f"Put {noun} of every class into test.")
    choosing = validation if validation.classes > 1 else None
    concern = of_any_task.refusal(test, choosing, runs_above, runs, ADVICE)
    if concern is None or test.is_above:
        return concern
    return replace(concern, finding=f"{concern.finding}{_accuracy(test)}")


def weak_choice(validation: ClassFloorTest, runs: int) -> Concern | None:
    """Say that validation hardly supports the choice among several runs; see `choice.refusal.weak_choice`."""
    return None if validation.classes == 1 else of_any_task.weak_choice(validation, runs)


def accuracy_note(test: ClassFloorTest) -> str:
    """Say that a model is less accurate than the majority class, which balanced weights can cause; "" otherwise."""
    return _accuracy(test).strip()


def _accuracy(test: ClassFloorTest) -> str:
    if not test.is_less_accurate_than_majority:
        return ""
    own, majority = (100 * test.score(name, "accuracy") for name in (test.model, MAJORITY))
    return (
        f" The accuracy of {test.model}, {own:.1f}, is significantly below the {majority:.1f} of always answering "
        f'"{test.majority}".'
    )
