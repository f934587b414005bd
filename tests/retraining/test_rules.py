"""The rules of the gate, on drawn predictions of two models."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from synthetic import LABELS, draw, frame

from textlab.evaluation.classification.decisions import decisions_of
from textlab.evaluation.classification.floors import floor_test
from textlab.evaluation.classification.randomization import randomization_p
from textlab.retraining.evidence import chance_within, difference_between
from textlab.retraining.rules import Evidence, Result, judge, may_promote
from textlab.retraining.slices import compare_parts

METRIC = "macro_recall"
SHARES = dict.fromkeys(LABELS, 1 / 3)


def evidence(test, newest=None, faster=1.0, behaviour=None):
    """The evidence about a challenger that is `faster` times as fast."""
    return Evidence(
        difference_between(*test, METRIC, 2000),
        None if newest is None else difference_between(*newest, METRIC, 2000),
        compare_parts(*test, METRIC, behaviour, 2000),
        floor_test("challenger", test[0], SHARES, METRIC, resamples=500),
        champion_ms=1.0,
        challenger_ms=1.0 / faster,
    )


def failed(rules):
    return [rule.name for rule in rules if rule.result is Result.FAILED]


def reason(rules, name):
    (found,) = [rule.reason for rule in rules if rule.name == name]
    return found


EQUAL = draw(12_000, won=0.03, lost=0.03, seed=1)
BETTER = draw(2_000, won=0.08, lost=0.02)
WORSE = draw(2_000, won=0.02, lost=0.06)
BETTER_NEWEST, WORSE_NEWEST = draw(500, won=0.12, lost=0.02), draw(500, won=0.02, lost=0.12)


def test_better_challenger_passes_every_rule():
    rules = judge(evidence(BETTER))
    assert may_promote(rules)
    assert "The challenger is better." in reason(rules, "Fixed test set")
    assert "better on the fixed test set (1 ms a text against 1 ms)" in reason(rules, "Reason to change")
    assert "There are no newest labelled texts, so they decide nothing." in reason(rules, "Newest labelled texts")


@pytest.mark.parametrize("faster", [1, 10])
def test_worse_challenger_never_passes_even_if_it_is_faster_and_better_on_the_newest_texts(faster):
    rules = judge(evidence(WORSE, BETTER_NEWEST, faster))
    assert not may_promote(rules)
    assert "Fixed test set" in failed(rules)
    assert "The challenger is worse." in reason(rules, "Fixed test set")


def test_equal_challenger_passes_only_with_a_reason_to_change():
    found = evidence(EQUAL)
    rules = judge(found)
    assert failed(rules) == ["Reason to change"]
    assert "neither shown to be better" in reason(rules, "Reason to change")
    assert "It is shown to be at most 1.0 point worse." in reason(rules, "Fixed test set")


@pytest.mark.parametrize(
    ("newest", "faster", "why"),
    [(BETTER_NEWEST, 1, "better on the newest labelled texts"), (None, 2, "2.0 times faster")],
)
def test_equal_challenger_passes_if_it_is_newer_or_faster(newest, faster, why):
    rules = judge(evidence(EQUAL, newest, faster))
    assert failed(rules) == []
    assert why in reason(rules, "Reason to change")


def test_better_challenger_fails_if_it_is_worse_on_the_newest_texts():
    rules = judge(evidence(BETTER, WORSE_NEWEST))
    assert failed(rules) == ["Newest labelled texts"]


def test_small_test_set_cannot_show_that_a_faster_challenger_is_as_good():
    few = draw(60, won=0.0, lost=0.0)
    rules = judge(evidence(few, faster=5))
    assert failed(rules) == ["Fixed test set"]
    assert "A fall of more than 1.0 point cannot be excluded." in reason(rules, "Fixed test set")


def test_three_texts_that_turn_right_do_not_show_a_better_model():
    challenger, champion = draw(40, won=0.0, lost=0.0, score=0.5)
    wrong = champion.index[champion["predicted"] != champion["label"]][:3]
    challenger.loc[wrong, "predicted"] = challenger.loc[wrong, "label"]
    measured = difference_between(challenger, champion, METRIC)
    assert measured.difference > 0.05
    assert not measured.is_better


def test_margin_decides_what_counts_as_not_worse():
    found = evidence(draw(2_000, won=0.03, lost=0.03, seed=3), faster=2)
    assert not found.test.is_within(0.001)
    assert found.test.is_within(0.05)
    assert failed(judge(found, margin=0.001)) == ["Fixed test set"]
    assert failed(judge(found, margin=0.05)) == []


def fallen_slice():
    """A challenger that is better on all texts, but loses a third of the texts with a hashtag."""
    texts = ["one #two three" if row % 8 == 0 else "one two three" for row in range(4000)]
    challenger, champion = draw(4000, won=0.12, lost=0.0, texts=texts)
    rows = challenger.index[(challenger.index % 8 == 0) & (champion["predicted"] == champion["label"])]
    lost = rows[: len(rows) // 2]
    challenger.loc[lost, "predicted"] = np.where(challenger.loc[lost, "label"] == "neutral", "positive", "neutral")
    return challenger, champion


def test_better_challenger_fails_if_a_slice_falls():
    rules = judge(evidence(fallen_slice()))
    assert failed(rules) == ["Slices and classes"]
    assert "worse by more than 1.0 point on contains hashtag (" in reason(rules, "Slices and classes")


def test_slice_of_twelve_texts_shows_no_fall_unless_nearly_all_of_it_turns_wrong():
    texts = ["#a b" if row < 12 else "a b" for row in range(2000)]
    challenger, champion = draw(2000, won=0.09, lost=0.0, score=0.9, texts=texts)
    for lost, expected in ((4, []), (12, ["Slices and classes"])):
        changed = challenger.copy()
        champion.loc[:11, "predicted"] = champion.loc[:11, "label"]
        changed.loc[: lost - 1, "predicted"] = np.where(
            changed.loc[: lost - 1, "label"] == "neutral", "positive", "neutral"
        )
        changed.loc[lost:11, "predicted"] = changed.loc[lost:11, "label"]
        assert failed(judge(evidence((changed, champion)))) == expected, lost


def test_slice_with_too_few_texts_is_said_to_show_nothing():
    texts = ["#a b" if row < 3 else "a b" for row in range(2000)]
    rules = judge(evidence(draw(2000, won=0.08, lost=0.02, texts=texts)))
    assert "1 has fewer than 7 texts, which cannot show any fall." in reason(rules, "Slices and classes")


def failures(champion, challenger, cases=200):
    """Results of one behavioural test, in which each model fails the first cases."""
    columns = {"phenomenon": ["negation"] * cases, "kind": ["minimum functionality"] * cases}
    return {
        model: pd.DataFrame(columns | {"failed": np.arange(cases) < count})
        for model, count in (("champion", champion), ("challenger", challenger))
    }


def test_better_challenger_fails_if_it_fails_more_behavioural_tests():
    rules = judge(evidence(BETTER, behaviour=failures(10, 40)))
    assert failed(rules) == ["Behavioural tests"]
    assert "negation, minimum functionality (95.0 to 80.0 on 200 texts" in reason(rules, "Behavioural tests")
    assert failed(judge(evidence(BETTER, behaviour=failures(10, 12)))) == []


def test_challenger_below_the_absolute_floor_fails_although_it_is_better():
    found = evidence(BETTER)
    assert failed(judge(found, floor=0.6)) == []
    assert failed(judge(found, floor=0.9)) == ["Above the absolute floor"]


def test_challenger_that_ignores_the_text_fails():
    labels = np.tile([0, 1, 2], 400)
    everything, nothing = np.zeros(1200, int), (labels + 1) % 3
    texts = ["one two"] * 1200
    rules = judge(evidence((frame(texts, labels, everything), frame(texts, labels, nothing)), faster=2))
    assert "Above answers that ignore the text" in failed(rules)


def test_randomization_test_is_the_sign_test_where_each_text_counts_alike():
    labels, right = np.zeros(50, int), np.zeros(50, int)
    wrong = np.where(np.arange(50) < 6, 1, 0)
    texts = ["a"] * 50
    decisions = decisions_of({"first": frame(texts, labels, right), "second": frame(texts, labels, wrong)})
    better, worse = randomization_p(decisions, "accuracy", 20_000)
    assert better == pytest.approx(0.5**6, abs=0.004)
    assert worse == 1.0


def test_power_is_stated_and_grows_with_the_test_set():
    small, large = (difference_between(*draw(count, seed=2), METRIC, 2000) for count in (500, 8000))
    assert small.detectable > 2 * large.detectable
    assert chance_within(large, 0.01) > chance_within(small, 0.01)
    assert "a true difference of" in reason(judge(evidence(BETTER)), "Power of the fixed test set")


def test_same_frames_give_the_same_numbers():
    assert difference_between(*BETTER, METRIC, 500) == difference_between(*BETTER, METRIC, 500)


def test_a_note_says_why_there_are_no_behavioural_tests():
    (rule,) = [
        rule for rule in judge(replace(evidence(EQUAL), left_out="Left out.")) if rule.name == "Behavioural tests"
    ]
    assert (rule.result, rule.reason) == (Result.NOTE, "Left out.")
