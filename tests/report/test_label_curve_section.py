"""Runs on shares of the training split: they make the learning curve, and are no candidates."""

import pytest

from textlab import report
from textlab.promotion.candidate import read_candidate
from textlab.report.classification import sections
from textlab.report.label_curves import curve_table
from textlab.report.leaderboard import leaderboard, model_names

SCORES = {0.25: 0.675, 0.5: 0.75, 1.0: 0.8}


@pytest.fixture(scope="module")
def runs(shared_store):
    """Two seeds of one model on three sizes, and of another on the whole split alone; a share scores highest."""
    for share, score in SCORES.items():
        for seed in (0, 1):
            shared_store.add("a", score, seed=seed, share=share)
    shared_store.add("b", 0.6)
    return shared_store.add("b", 0.9, share=0.5)


@pytest.fixture(scope="module")
def findings(runs):
    return report.gather(runs, "accuracy")


def test_run_on_a_share_is_no_candidate_however_high_its_score(findings):
    assert findings.champion_entry.run.training_share == 1
    assert {entry.run.training_share for entry in findings.entries.values()} == {1.0}
    assert findings.left_out == []
    assert "3 compared, 5 on a share of the training split</dd>" in sections.question(findings).html


def test_run_on_a_share_has_no_rank_and_says_its_share(runs):
    table = leaderboard(runs, "accuracy")
    assert table["rank"].notna().sum() == 3
    assert table["name"].iloc[:3].tolist() == ["x (a)", "x (a)", "x (b)"]
    assert {"x (a, training share 0.25)", "x (b, training share 0.5)"} <= set(table["name"])
    assert len(set(model_names(runs).values())) == 5


def test_run_on_a_share_cannot_be_promoted(runs):
    share = next(run for run in runs if run.training_share < 1)
    with pytest.raises(
        ValueError, match=r"was trained on 0\.\d+ of the training split, for a learning curve\. Promote"
    ):
        read_candidate(share.id)


def test_report_says_what_more_labels_are_worth(findings):
    curve = findings.label_curves.curves["x (a)"]
    assert curve.sizes.tolist() == [250, 500, 1000]
    assert curve.runs.tolist() == [2, 2, 2]
    assert curve.scores == pytest.approx(list(SCORES.values()))
    html = sections.label_curve(findings).html
    assert "For x (a), 500 more labels beyond its 1,000 are worth" in html
    assert "of accuracy (" in html
    assert "x (b): The curve has 2 sizes, and an extrapolation needs at least 3." in html


def test_curve_of_the_champion_comes_first_and_extrapolated_rows_are_marked(findings):
    assert list(findings.label_curves.curves) == ["x (a)", "x (b)"]
    table = curve_table(findings.label_curves.curves)
    assert table.query("extrapolated")["training_examples"].tolist() == [1500, 2000]
    assert table["training_examples"].tolist() == [250, 500, 1000, 1500, 2000, 500, 1000]


def test_curve_measures_cost_saved_where_costs_decide(runs):
    findings = report.gather(runs, "cost_saved", decision={"costs": {"negative": 5}})
    curve = findings.label_curves.curves["x (a)"]
    of_seeds = list(findings.scores_by_seed["x (a)"].values())
    assert curve.scores[-1] == pytest.approx(sum(of_seeds) / len(of_seeds))
    assert "of cost saved" in sections.label_curve(findings).html


def test_grid_without_learning_curve_has_no_section(store):
    findings = report.gather(store.add("a", 0.7), "accuracy")
    assert sections.label_curve(findings).html == ""
    assert "label_curve" not in findings.figures()


def test_share_without_predictions_is_named(store):
    store.add("a", 0.6, share=0.5, frames=False)
    findings = report.gather(store.add("a", 0.7), "accuracy")
    assert findings.label_curves.curves == {}
    assert "x (training share 0.5) is left out." in sections.label_curve(findings).html
