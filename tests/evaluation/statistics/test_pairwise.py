import numpy as np
import pandas as pd
import pytest
from statsmodels.stats import contingency_tables, multitest

from textlab.evaluation.classification.decisions import Decisions, decisions_of
from textlab.evaluation.statistics.bootstrap import Bootstrap, bootstrap
from textlab.evaluation.statistics.pairwise import MCNEMAR_COLUMNS, SCORE_COLUMNS, groups, pair_table
from textlab.evaluation.statistics.power import detectable_accuracy_difference, detectable_difference
from textlab.evaluation.statistics.significance import holm, mcnemar, paired_bootstrap_p


def compared(frames: dict[str, pd.DataFrame], metric: str = "macro_recall") -> pd.DataFrame:
    decisions = decisions_of(frames)
    return pair_table(decisions, bootstrap(decisions, [metric], 2000)[metric])


def difference_of(observed: float, resampled: np.ndarray) -> Bootstrap:
    return Bootstrap(np.array([observed]), resampled[None], np.zeros((1, 1)), np.array([1]))


def test_mcnemar_is_exact_for_few_disagreements():
    # P(at most 1 of 10 heads) = 11 / 1024, on either side.
    assert mcnemar(1, 9) == ("exact", pytest.approx(22 / 1024))


def test_mcnemar_is_chi_squared_for_many_disagreements():
    # (|40 - 20| - 1)^2 / 60 = 6.0167 on one degree of freedom.
    assert mcnemar(40, 20) == ("asymptotic", pytest.approx(0.014172, abs=1e-5))


def test_models_that_never_disagree_do_not_differ():
    assert mcnemar(0, 0) == ("exact", 1.0)


def test_mcnemar_of_the_table_equals_that_of_statsmodels(random_predictions):
    frames = {"bert": random_predictions(3, skill=2), "lstm": random_predictions(3, seed=1)}
    correct = [frame["label"] == frame["predicted"] for frame in frames.values()]
    expected = contingency_tables.mcnemar(pd.crosstab(*correct), exact=False, correction=True)
    (row,) = compared(frames).to_dict("records")
    assert row["mcnemar_p"] == pytest.approx(expected.pvalue)
    assert (row["only_better_right"], row["only_worse_right"]) == (
        (correct[0] & ~correct[1]).sum(),
        (correct[1] & ~correct[0]).sum(),
    )


def test_holm_by_hand_and_by_statsmodels():
    p_values = pd.Series([0.04, 0.01, 0.03])
    assert holm(p_values).tolist() == pytest.approx([0.06, 0.03, 0.06])
    assert holm(p_values) == pytest.approx(multitest.multipletests(p_values, method="holm")[1])
    assert holm(pd.Series([], dtype=float)).tolist() == []


def test_every_pair_is_compared_once_with_the_better_model_first(random_predictions):
    frames = {f"skill {skill}": random_predictions(2, skill, seed=skill) for skill in (1, 3, 2)}
    table = compared(frames)
    assert table[["better", "worse"]].to_numpy().tolist() == [
        ["skill 3", "skill 1"],
        ["skill 2", "skill 1"],
        ["skill 3", "skill 2"],
    ]
    assert (table["difference"] >= 0).all()
    assert table["difference"].between(table["low"], table["high"]).all()
    assert (table["p_holm"] >= table["p"]).all()
    assert tuple(table.columns) == SCORE_COLUMNS + MCNEMAR_COLUMNS


def test_single_model_has_no_pairs(random_predictions):
    table = compared({"bert": random_predictions(2)})
    assert table.empty
    assert tuple(table.columns) == SCORE_COLUMNS + MCNEMAR_COLUMNS


def test_model_does_not_differ_from_itself(random_predictions):
    frame = random_predictions(2)
    (row,) = compared({"bert": frame, "again": frame}).to_dict("records")
    assert (row["difference"], row["p"], row["mcnemar_p"]) == (0, 1, 1)


def test_p_of_a_normal_difference_equals_that_of_a_z_test():
    resampled = np.random.default_rng(0).normal(0.02, 0.01, 20_000)
    assert paired_bootstrap_p(difference_of(0.02, resampled)) == pytest.approx(0.0455, abs=0.004)


def test_p_keeps_falling_if_no_resample_is_as_extreme():
    resampled = np.random.default_rng(0).normal(size=1000)
    far, farther = (paired_bootstrap_p(difference_of(z, resampled + z)) for z in (5, 8))
    assert 1e-7 < far < 2e-6
    assert farther < 1e-12


def test_test_of_equal_models_rejects_in_about_5_percent_of_the_cases():
    random = np.random.default_rng(0)
    rejected = 0
    for trial in range(300):
        labels = random.integers(2, size=150)
        predicted = np.where(random.random((2, 150)) < 0.75, labels, 1 - labels)
        decisions = Decisions(("a", "b"), ("negative", "positive"), labels, predicted)
        difference = bootstrap(decisions, ["macro_recall"], 400, seed=trial)["macro_recall"].difference(0, 1)
        rejected += paired_bootstrap_p(difference) < 0.05
    assert 0.02 < rejected / 300 < 0.09


@pytest.mark.parametrize(
    ("texts", "disagreement", "points"), [(12_284, 0.15, 0.98), (1_464, 0.1, 2.3), (359, 0.12, 5.1)]
)
def test_detectable_accuracy_difference_shrinks_with_the_square_root_of_the_examples(texts, disagreement, points):
    assert 100 * detectable_accuracy_difference(texts, disagreement) == pytest.approx(points, abs=0.05)


def test_mcnemar_detects_the_detectable_difference_80_percent_of_the_time():
    texts, disagreement = 2000, 0.2
    difference = detectable_accuracy_difference(texts, disagreement)
    shares = [(disagreement + difference) / 2, (disagreement - difference) / 2, 1 - disagreement]
    draws = np.random.default_rng(0).multinomial(texts, shares, size=1000)
    detected = [mcnemar(first, second)[1] < 0.05 for first, second, _ in draws]
    assert 0.75 < np.mean(detected) < 0.84  # Edwards' correction costs a little power


def test_detectable_difference_of_a_metric_is_a_multiple_of_its_standard_error():
    resampled = np.random.default_rng(0).normal(0.02, 0.01, 50_000)
    assert detectable_difference(difference_of(0.02, resampled)) == pytest.approx(0.028, abs=0.0005)


@pytest.mark.parametrize(("texts", "disagreement"), [(0, 0.1), (10, 0.0), (10, 1.5)])
def test_impossible_test_set_raises(texts, disagreement):
    with pytest.raises(ValueError, match=f"Received {texts} examples and a disagreement of {disagreement}"):
        detectable_accuracy_difference(texts, disagreement)


def test_detectable_difference_does_not_exceed_the_disagreement():
    assert detectable_accuracy_difference(3, 0.1) == 0.1


def pairs_of(**p_values: float) -> pd.DataFrame:
    return pd.DataFrame([{"better": name[0], "worse": name[1], "p_holm": p} for name, p in p_values.items()])


def test_group_holds_the_models_that_tie_with_its_leader():
    pairs = pairs_of(ab=0.5, ac=0.06, ad=0.01, bc=0.9, bd=0.2, cd=0.9)
    assert groups(["a", "b", "c", "d"], pairs).to_dict() == {"a": 1, "b": 1, "c": 1, "d": 2}


def test_chosen_model_leads_the_first_group_in_any_position():
    pairs = pairs_of(ab=0.5, ac=0.01, bc=0.9)
    assert groups(["a", "b", "c"], pairs, "c").to_dict() == {"a": 2, "b": 1, "c": 1}


def test_p_equal_to_the_significance_is_a_tie():
    assert groups(["a", "b"], pairs_of(ab=0.05)).tolist() == [1, 1]
