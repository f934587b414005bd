"""The order of the answer: recommendation or refusal, serious concerns, details."""

from textlab.concerns import Concern, ConcernKind
from textlab.report.verdict import MOST_WARNINGS, recommended, refused

SERIOUS = Concern(ConcernKind.DUPLICATES, "Copies were found.", "Remove the copies.")
SEED = Concern(ConcernKind.ONE_SEED, "One seed.", "Run more.", is_serious=False)
COPIES = Concern(ConcernKind.COPIES, "Copies were dropped.", "Nothing.", is_serious=False)
FLOOR = Concern(ConcernKind.NOT_ABOVE_FLOOR, "No model can be recommended.", "Look at the splits.")


def test_serious_concern_follows_the_recommendation_and_a_note_ends_the_answer():
    verdict = recommended(["We recommend bert.", "The runner-up."], [SERIOUS, SEED, COPIES], "")
    assert verdict.paragraphs == [
        "We recommend bert. Read the concern below before you rely on this recommendation.",
        "Copies were found. Remove the copies.",
        "The runner-up.",
        "One seed.",
    ]


def test_refusal_takes_the_place_of_the_recommendation():
    verdict = refused([FLOOR, SERIOUS, SEED], "bert scores best.")
    assert verdict.is_refusal
    assert verdict.paragraphs == [
        "No model can be recommended.",
        "Copies were found. Remove the copies.",
        "Look at the splits.",
        "bert scores best.",
        "One seed.",
    ]


def test_answer_without_concerns_has_no_warning():
    verdict = recommended(["We recommend bert.", "The runner-up."], [COPIES], "")
    assert verdict.paragraphs == ["We recommend bert.", "The runner-up."]
    assert verdict.warnings == ()


def test_concerns_beyond_six_are_counted():
    verdict = recommended(["We recommend bert."], [SERIOUS] * (MOST_WARNINGS + 2), "")
    assert len(verdict.warnings) == MOST_WARNINGS + 1
    assert verdict.headline.endswith(
        f"Read the {MOST_WARNINGS + 2} concerns below before you rely on this recommendation."
    )
    assert verdict.warnings[-1] == "2 more concerns are listed below."
    assert recommended(["We recommend bert."], [SERIOUS] * MOST_WARNINGS, "").warnings[-1] == SERIOUS.text
