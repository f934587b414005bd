"""The answer in sentences: recommendation, runner-up, other models and power."""

import pandas as pd
import pytest

from textlab.evaluation.choice.champion import Champion
from textlab.evaluation.choice.conclusion import conclusion
from textlab.evaluation.choice.wording import metric_text, p_text
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.statistics.comparison import Comparison
from textlab.wording import listed


@pytest.fixture
def three(random_predictions):
    """Predictions of a good model, an equally good one, and a poor one."""
    return {
        "bert": random_predictions(3, 3, seed=1),
        "roberta": random_predictions(3, 3, seed=2),
        "words": random_predictions(3, 0.8, seed=3),
    }


def answer(frames, champion, latency_ms=None, runner_up=None, metric="macro_recall", resamples=500):
    comparison = compare_classifiers(frames, metric, champion, resamples=resamples)
    return conclusion(comparison, Champion(champion, champion, (), "is the best"), latency_ms, runner_up)


def test_champion_and_reason_come_first_with_score_and_interval(three):
    comparison = compare_classifiers(three, "macro_recall", "bert", resamples=500)
    score, low, high = 100 * comparison.intervals.loc["bert", ["macro_recall", "macro_recall_low", "macro_recall_high"]]
    assert answer(three, "bert")[0] == (
        f"We recommend bert: macro recall {score:.1f} ({low:.1f} to {high:.1f}) on 400 test texts. bert is the best."
    )


def test_runner_up_has_speed_difference_interval_and_test(three):
    pair = compare_classifiers(three, "macro_recall", resamples=500).pair("bert", "words")
    low, high = 100 * pair["low"], 100 * pair["high"]
    assert answer(three, "bert", {"bert": 9.0, "words": 0.3}, "words")[1] == (
        f"The runner-up, words, is 30 times faster and scores {100 * pair['difference']:.1f} points lower on test "
        f"(95% interval {low:.1f} to {high:.1f}; p < 0.001 after Holm's correction). The difference is significant."
    )


def test_tied_runner_up_does_not_differ_significantly(three):
    paragraph = answer(three, "bert", runner_up="roberta")[1]
    assert paragraph.startswith("The runner-up, roberta, scores ")
    assert paragraph.endswith(" The difference is not significant.")


def test_p_value_is_stated_before_and_after_the_correction(random_predictions):
    frames = {f"seed {seed}": random_predictions(3, 3, seed=seed) for seed in (1, 2, 4)}
    pair = compare_classifiers(frames, "macro_recall", resamples=500).pairs.nsmallest(1, "p").iloc[0]
    paragraph = answer(frames, pair["better"], runner_up=pair["worse"])[1]
    assert f"; {p_text(pair['p'])}, after Holm's correction {p_text(pair['p_holm'])})" in paragraph


def test_difference_that_the_correction_makes_insignificant_says_so():
    row = {"macro_recall": 0.9, "macro_recall_low": 0.89, "macro_recall_high": 0.91}
    intervals = pd.DataFrame([row, row], index=["bert", "lstm"])
    pair = {"better": "bert", "worse": "lstm", "difference": 0.01, "low": 0.001, "high": 0.02}
    pairs = pd.DataFrame([pair | {"p": 0.03, "p_holm": 0.3, "detectable": 0.015}])
    comparison = Comparison("macro_recall", "bert", 100, 0.95, intervals, pairs)
    assert conclusion(comparison, Champion("bert", "bert", (), "is the best"))[1] == (
        "The runner-up, lstm, scores 1.0 point lower on test (95% interval 0.1 to 2.0; p = 0.030, after Holm's "
        "correction p = 0.30). The difference is not significant after correction."
    )


def test_default_runner_up_is_the_best_other_model_on_test(three):
    assert answer(three, "bert")[1].startswith("The runner-up, roberta, ")
    assert answer(three, "roberta")[1].startswith("The runner-up, bert, ")


def test_single_pair_needs_no_correction(three):
    paragraph = answer({name: three[name] for name in ("bert", "roberta")}, "bert")[1]
    assert "Holm" not in paragraph
    assert "; p = " in paragraph


def test_test_set_that_contradicts_validation_is_reported(three):
    _, runner_up, rest, _ = answer(three, "words", runner_up="bert")
    assert "points higher on test (95% interval " in runner_up
    assert runner_up.endswith("The difference is significant: validation and test disagree.")
    assert rest.startswith("roberta is significantly better on test, by ")
    assert rest.endswith("p < 0.001 after Holm's correction): validation and test disagree.")


def test_other_models_are_ties_or_significantly_worse(three):
    rest = answer(three, "roberta", {"roberta": 9.0, "bert": 1.0}, "words")[2]
    assert rest.startswith("bert (")
    assert rest.endswith(" points lower, 9 times faster) ties with roberta on test.")
    rest = answer(three, "bert", runner_up="roberta")[2]
    assert rest.startswith("The best model that is significantly worse is words: ")
    assert rest.endswith("p < 0.001 after Holm's correction).")


@pytest.mark.parametrize(
    ("latency", "words"),
    [(9.0, "about as fast"), (10.5, "about as fast"), (5.0, "1.8 times faster"), (36.0, "4 times slower")],
)
def test_speed_is_relative_to_the_champion(three, latency, words):
    paragraph = answer(three, "bert", {"bert": 9.0, "roberta": latency}, "roberta", resamples=200)[1]
    assert paragraph.startswith(f"The runner-up, roberta, is {words} and scores ")


@pytest.mark.parametrize("latency", [None, {}, {"bert": 9.0}, {"roberta": 9.0}, {"bert": 9.0, "roberta": float("nan")}])
def test_unknown_latency_is_not_mentioned(three, latency):
    paragraph = answer(three, "bert", latency, "roberta", resamples=200)[1]
    assert paragraph.startswith("The runner-up, roberta, scores ")


def test_fastest_ties_are_named_and_the_others_counted(three):
    same = {f"m{number}": three["bert"] for number in range(7)}
    latency = {name: 10.0 - number for number, name in enumerate(same)}
    _, runner_up, ties, _ = answer(same, "m0", latency, metric="accuracy", resamples=100)
    assert runner_up == "The runner-up, m1, is about as fast and has the same score on test."
    assert ties == (
        "m6 (same score, 2.5 times faster), m5 (same score, 2.0 times faster), m4 (same score, 1.7 times faster) "
        "and 2 more tie with m0 on test."
    )


def test_power_is_the_detectable_difference(three):
    comparison = compare_classifiers(three, "macro_recall", resamples=500)
    detectable = 100 * comparison.pairs[comparison.pairs["better"] == "roberta"]["detectable"].median()
    assert answer(three, "roberta")[-1] == (
        f"With 400 test texts, a true difference of {detectable:.1f} points would be detected 80% of the time."
    )


def test_equal_models_have_no_detectable_difference(three):
    same = dict.fromkeys(three, three["bert"])
    assert answer(same, "bert")[-1] == "All models have the same scores on each of the 400 test texts."


def test_single_model_has_nothing_to_be_compared_with(three):
    recommendation, nothing = answer({"bert": three["bert"]}, "bert")
    assert recommendation.endswith(" on 400 test texts. bert is the best.")
    assert nothing == "No other model was compared."


def test_perfect_model_has_no_interval(predict):
    frame = predict([0, 1] * 5, [[0.9, 0.1], [0.2, 0.8]] * 5)
    recommendation = answer({"bert": frame}, "bert", metric="accuracy", resamples=50)[0]
    assert recommendation == "We recommend bert: accuracy 100.0 on 10 test texts. bert is the best."


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "p < 0.001"), (0.0031, "p = 0.003"), (0.0496, "p = 0.050"), (0.4, "p = 0.40")]
)
def test_p_values_read_as_in_papers(p, text):
    assert p_text(p) == text


def test_metrics_read_as_in_papers():
    assert [metric_text(name) for name in ("macro_recall", "macro_f1", "roc_auc")] == [
        "macro recall",
        "macro F1",
        "ROC AUC",
    ]


def test_names_are_listed_with_commas_and_an_and():
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
