"""Decisions from probabilities: wishes, thresholds that keep promises, expected costs and sets of classes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from textlab.bundle_format.decisions import ABSTAIN, DecisionRules
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.deciding.costs import (
    COST_SAVED,
    by_cost,
    cheapest_class,
    compare_by_cost,
    cost_table,
)
from textlab.evaluation.classification.deciding.curves import cost_curve, mean_risk, risk_coverage
from textlab.evaluation.classification.deciding.guarantees import (
    exact_interval,
    fewest_for_recall,
    fewest_for_set,
    recall_threshold,
    safe_threshold,
    set_threshold,
)
from textlab.evaluation.classification.deciding.outcomes import outcomes, set_table
from textlab.evaluation.classification.deciding.rules import fit_rules
from textlab.evaluation.classification.predictions import predictions_frame
from textlab.evaluation.wishes import Wishes, read_wishes

NAMES = ("negative", "neutral", "positive")


def calibrated(examples, seed, names=NAMES):
    """Predictions whose probabilities are right: each label is drawn from its own probabilities."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(len(names), 0.4), examples)
    labels = (probabilities.cumsum(axis=1) < rng.random((examples, 1))).sum(axis=1).clip(max=len(names) - 1)
    frame = pd.DataFrame({"id": np.arange(examples).astype(str), "text": "x", "label": labels})
    return predictions_frame(frame, probabilities, names)


@pytest.fixture(scope="module")
def validation():
    return calibrated(2000, 0)


@pytest.fixture(scope="module")
def test():
    return calibrated(5000, 1)


def test_short_costs_make_a_matrix_whose_other_mistakes_cost_one():
    matrix = read_wishes({"costs": {"negative": 5, "positive": {"negative": 9}}}).cost_matrix(NAMES)
    assert matrix.tolist() == [[0, 5, 5], [1, 0, 1], [9, 1, 0]]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"cost": {}}, "unknown key 'decision.cost'. Did you mean 'costs'?"),
        ({"costs": {"negative": -1}}, "'decision.costs.negative' holds -1. A cost is a finite number from 0."),
        ({"costs": {"negative": float("nan")}}, "holds nan"),
        ({"costs": {"negative": True}}, "holds True"),
        ({"costs": [0, 1]}, "a list whose rows are not all lists"),
        ({"costs": {"negative": [1, 2]}}, "'decision.costs.negative' holds [1, 2]. A cost is a finite number"),
        ({"costs": {"negative": 10**400}}, "A cost is a finite number from 0."),
        ({"costs": {}}, "'decision.costs' is {}"),
        ({"costs": "5"}, "'decision.costs' is '5'"),
        ({"precision": {"negative": 90}}, "'decision.precision.negative' is 90. State a share between 0 and 1"),
        ({"accuracy": 1}, "'decision.accuracy' is 1. State a share"),
        ({"recall": 0.9}, "'decision.recall' is 0.9. Name classes in it"),
        ({"recall": {"a": 0.9}, "precision": {"a": 0.9}}, "both precision and recall are stated for a"),
        ({"recall": {"a": 0.9}, "costs": {"a": 2}}, "costs are stated together with precision or recall"),
    ],
)
def test_mistaken_wish_is_one_clear_sentence(document, said):
    with pytest.raises(ValueError, match=r"decision|stated") as error:
        read_wishes(document)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"costs": {"negativ": 5}}, "'decision.costs' names the unknown class 'negativ'. Did you mean 'negative'?"),
        ({"costs": {"negative": {"good": 5}}}, "'decision.costs of 'negative'' names the unknown class 'good'"),
        ({"recall": {"bad": 0.9}}, "'decision.recall' names the unknown class 'bad'"),
        ({"costs": [[0, 1], [1, 0]]}, "has 2 rows of 2 numbers, and there are 3 classes"),
        ({"costs": [[0, 1, 1], [1, 0], [1, 1, 0]]}, "has 3 rows of 2 and 3 numbers"),
        ({"costs": [[1, 0, 0], [1, 0, 0], [0, 0, 1]]}, "a right answer may not cost more than a mistake"),
        ({"costs": [[0, 0, 0]] * 3}, "all answers cost the same"),
    ],
)
def test_wish_that_does_not_fit_the_classes_is_refused(document, said):
    with pytest.raises(ValueError, match="decision") as error:
        read_wishes(document).check_classes(NAMES)
    assert said in str(error.value)


def test_classes_that_yaml_reads_as_numbers_or_truths_are_known():
    assert read_wishes({"costs": {0: 5, "1": {0: 2}}}).cost_matrix(("0", "1")).tolist() == [[0, 5], [2, 0]]
    assert read_wishes({"costs": {True: 5}}).cost_matrix(("false", "true")).tolist() == [[0, 1], [5, 0]]
    read_wishes({"recall": {1: 0.9}, "precision": {False: 0.9}}).check_classes(("false", "1"))


def test_class_called_abstain_is_refused_only_where_one_may_abstain():
    names = ("abstain", "vote")
    with pytest.raises(ValueError, match="A class is called 'abstain'"):
        Wishes(accuracy=0.9).check_classes(names)
    Wishes(coverage=0.9).check_classes(names)


def test_wishes_survive_being_written_and_read():
    wishes = read_wishes({"precision": {"negative": 0.9}, "accuracy": 0.8, "coverage": 0.9, "confidence": 0.99})
    assert read_wishes(wishes.document()) == wishes
    assert read_wishes({}).is_empty


def test_decision_by_cost_is_cheaper_on_new_examples_than_the_most_probable_class(validation, test):
    wishes = read_wishes({"costs": {"negative": 5}})
    fitted = fit_rules(validation, wishes)
    (cost,) = outcomes(fitted.promises, fitted.rules, test)
    table = cost_table({"model": test}, wishes.cost_matrix(NAMES), resamples=500)
    assert cost.value == pytest.approx(table.loc["model", "cost"])
    assert cost.low < cost.value < cost.high < table.loc["model", "most_probable"]


def test_equal_costs_change_no_decision(test):
    assert (by_cost(test, 1 - np.eye(3))["predicted"] == test["predicted"]).all()


def test_cost_saved_is_one_without_mistakes_and_zero_for_the_cheapest_class(test):
    matrix = read_wishes({"costs": {"negative": 5}}).cost_matrix(NAMES)
    labels = pd.Index(NAMES).get_indexer(pd.Index(test["label"]))
    examples = test[["id", "text"]].assign(label=labels)
    constant = np.eye(3)[np.full(len(test), cheapest_class(labels, matrix))]
    frames = {"right": np.eye(3)[labels], "constant": constant}
    compared = compare_by_cost(
        {name: predictions_frame(examples, answers, NAMES) for name, answers in frames.items()} | {"model": test},
        matrix,
        ["accuracy", "macro_f1"],
        resamples=200,
    )
    saved = compared.intervals[COST_SAVED]
    assert saved["right"] == 1
    assert saved["constant"] == pytest.approx(0, abs=1e-6)
    assert 0 < saved["model"] < 1
    decided = compare_classifiers({"model": by_cost(test, matrix)}, "macro_f1", resamples=200).intervals
    assert compared.intervals.loc["model", "macro_f1_high"] == pytest.approx(
        decided.loc["model", "macro_f1_high"], 0.01
    )
    assert compared.best == "right"


def test_threshold_that_keeps_a_share_breaks_its_promise_no_oftener_than_stated():
    rng, broken = np.random.default_rng(0), 0
    for _ in range(200):
        scores = rng.uniform(0.4, 1, 1000)
        threshold = safe_threshold(scores, rng.random(1000) < scores, 0.85, 0.9)
        broken += threshold is not None and (1 + threshold) / 2 < 0.85  # the share that is right above a threshold
    assert 0 < broken <= 20


def test_threshold_is_none_where_no_share_of_answers_is_good_enough():
    rng = np.random.default_rng(0)
    assert safe_threshold(rng.random(1000), rng.random(1000) < 0.6, 0.95, 0.95) is None
    assert safe_threshold(np.array([]), np.array([], dtype=bool), 0.95, 0.95) is None
    assert safe_threshold(np.ones(50), np.ones(50, dtype=bool), 0.95, 0.95) is None  # too few to know
    assert safe_threshold(np.ones(59), np.ones(59, dtype=bool), 0.95, 0.95) == 1


def test_examples_with_one_score_are_answered_together():
    hits = np.arange(400) < 200
    assert safe_threshold(np.full(400, 0.7), hits, 0.9, 0.95) is None
    assert safe_threshold(np.where(hits, 0.9, 0.7), hits, 0.9, 0.95) == 0.9


def test_recall_threshold_is_kept_by_as_many_samples_as_stated():
    rng = np.random.default_rng(0)
    kept = [norm.sf(recall_threshold(rng.normal(size=200), 0.9, 0.9)) >= 0.9 for _ in range(500)]
    assert 0.88 <= np.mean(kept) <= 0.97
    fewest = fewest_for_recall(0.9, 0.95)
    assert fewest == 29
    assert recall_threshold(np.arange(28.0), 0.9, 0.95) is None
    assert recall_threshold(np.arange(29.0), 0.9, 0.95) == 0


def test_set_threshold_has_the_finite_sample_quantile():
    assert fewest_for_set(0.9) == 9
    assert set_threshold(np.arange(1.0, 9), 0.9) == 0  # eight are too few: the set always holds the class
    assert set_threshold(np.arange(1.0, 10), 0.9) == 1
    assert set_threshold(np.arange(1.0, 20), 0.9) == 2
    assert set_threshold(np.arange(1.0, 12), 0.75) == 3


def test_mean_coverage_of_sets_is_the_stated_one_for_each_class(test):
    shares = []
    for seed in range(40):
        rules = fit_rules(calibrated(150, seed + 10), Wishes(coverage=0.8)).rules
        shares.append(set_table(rules, test)["coverage"])
    means = np.mean(shares, axis=0)
    assert (means > 0.79).all()
    assert (means < 0.8 + 1 / 40 + 0.01).all()  # a class has at least about 40 examples


def test_class_with_few_examples_is_in_every_set_and_a_sentence_says_so(test):
    few = calibrated(150, 5)
    few = few[(few["label"] != "neutral") | (few.groupby("label").cumcount() < 3)]
    fitted = fit_rules(few, Wishes(coverage=0.9))
    assert fitted.rules.coverage["neutral"] == 0
    assert fitted.notes == [
        "Every set holds neutral (3 texts): a coverage of 90 % needs 9 validation texts of a class, and validation has "
        "fewer."
    ]
    assert all("neutral" in each.prediction_set for each in fitted.rules.decide(np.eye(3)))


def test_promises_of_abstention_and_precision_hold_on_new_examples(validation, test):
    fitted = fit_rules(validation, Wishes(precision={"negative": 0.85}, accuracy=0.85))
    assert not fitted.problems
    precision, accuracy = outcomes(fitted.promises, fitted.rules, test)
    assert precision.verdict(0.85) == "kept"
    assert accuracy.verdict(0.85) != "broken"
    assert accuracy.share < 1
    decided = fitted.rules.decided(np.array([[0.5, 0.3, 0.2], [0.0, 0.0, 1.0]]))
    assert decided.tolist() == [-1, 2]


def test_promise_that_cannot_be_kept_names_the_best_that_can(validation):
    fitted = fit_rules(validation, Wishes(precision={"neutral": 0.999}, accuracy=0.99))
    precision, accuracy = fitted.problems
    assert precision.startswith(
        "Validation does not support a precision of neutral at least 99.9 %, with 95 % confidence: "
    )
    assert "threshold: none" in accuracy
    assert "the best is" in accuracy
    assert fitted.rules == DecisionRules(NAMES, stated=fitted.rules.stated)


def test_recall_of_a_rare_class_needs_enough_examples(validation):
    (problem,) = fit_rules(validation.head(60), Wishes(recall={"neutral": 0.95})).problems
    assert "at least 59 are needed" in problem


def test_recall_of_two_classes_is_kept_although_they_compete(validation, test):
    fitted = fit_rules(validation, Wishes(recall={"negative": 0.8, "positive": 0.5}))
    assert not fitted.problems
    assert all(
        found.verdict(promise.wanted) == "kept"
        for found, promise in zip(outcomes(fitted.promises, fitted.rules, test), fitted.promises, strict=True)
    )


def test_thresholds_for_every_class_leave_the_other_texts_to_a_person(validation):
    fitted = fit_rules(validation, Wishes(precision=dict.fromkeys(NAMES, 0.8)))
    assert fitted.rules.may_abstain
    assert fitted.rules.decide(np.full((1, 3), 1 / 3))[0].label == ABSTAIN
    assert any("left to a person" in note for note in fitted.notes)


def test_verdict_tells_noise_from_a_broken_promise(validation):
    fitted = fit_rules(validation, Wishes(accuracy=0.85))
    (found,) = outcomes(fitted.promises, fitted.rules, validation)
    assert replace(found, value=0.84, high=0.86).verdict(0.85) == "within noise"
    assert replace(found, value=0.8, high=0.82).verdict(0.85) == "broken"


def test_exact_interval_is_that_of_clopper_and_pearson():
    assert exact_interval(0, 10) == (0, pytest.approx(0.3085, abs=1e-4))
    assert exact_interval(10, 10) == (pytest.approx(0.6915, abs=1e-4), 1)
    assert exact_interval(0, 0) == (0, 1)


def test_risk_falls_as_fewer_texts_are_answered(test):
    curve = risk_coverage(test)
    half = curve["risk"].iloc[(curve["coverage"] - 0.5).abs().argmin()]
    assert half < curve["risk"].iloc[-1] == pytest.approx((test["label"] != test["predicted"]).mean())
    assert mean_risk(curve) < curve["risk"].iloc[-1]


def test_cost_curve_starts_at_the_error_rate_and_never_exceeds_the_most_probable_class_by_much(test):
    curve = cost_curve(test, "negative")
    assert curve.iloc[0]["by_cost"] == pytest.approx((test["label"] != test["predicted"]).mean())
    assert (curve["by_cost"] <= curve["most_probable"] + 0.01).all()
    assert (curve["by_cost"] <= curve["constant"] + 0.01).all()
