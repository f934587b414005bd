"""The report measures what a grid states about decisions, and costs may choose the champion."""

import pytest

from textlab import report
from textlab.evaluation.classification.floors import CHEAPEST
from textlab.report.classification import sections

COSTS = {"negative": 5}


@pytest.fixture(scope="module")
def runs(shared_store):
    shared_store.add("good", 0.9)
    return shared_store.add("bad", 0.7)


@pytest.fixture(scope="module")
def findings(runs):
    return report.gather(runs, "accuracy", decision={"costs": COSTS, "accuracy": 0.99, "coverage": 0.8})


def test_promises_are_measured_and_a_broken_one_is_called_none(findings):
    shown = sections.decisions(findings).html
    assert "lowest expected cost" in shown
    assert "answers only where at least 99 % are right" in shown
    assert "cannot be kept" in shown
    assert "(threshold: none)" in shown
    assert "sets that hold it, %" in shown


def test_expected_costs_have_intervals_and_paired_tests(findings):
    shown = sections.expected_costs(findings).html
    assert "cost per example" in shown
    assert "difference to" in shown
    measured = findings.measured()
    assert all(each["test_expected_cost"] > 0 for each in measured.values())


def test_curves_are_drawn_with_findings_as_titles(findings):
    assert "deciding by cost saves" in sections.cost_curves(findings).html
    assert "the half that it is most confident about" in sections.risk_coverage(findings).html


def test_costs_choose_the_champion(runs):
    findings = report.gather(runs, "cost_saved", decision={"costs": COSTS})
    assert findings.metric == "cost_saved"
    assert findings.champion.leader.endswith("(good)")
    assert CHEAPEST in findings.floor_table.index
    assert "cost saved" in " ".join(findings.answer)
    assert findings.leaderboard["validation_cost_saved"].is_monotonic_decreasing
    for section in (sections.answer, sections.board, sections.slices, sections.seeds, sections.concerns):
        assert section(findings).html
    measured = findings.measured()[findings.champion.name]
    assert measured["test_cost_saved_low"] <= measured["test_cost_saved"] <= measured["test_cost_saved_high"]


def test_grid_without_decisions_says_so_and_shows_no_costs(runs):
    findings = report.gather(runs, "accuracy")
    assert "The grid states nothing about decisions" in sections.decisions(findings).html
    assert sections.expected_costs(findings).html == ""
    assert sections.cost_curves(findings).html


def test_decision_that_does_not_fit_the_classes_is_refused(runs):
    with pytest.raises(ValueError, match="unknown class 'negativ'"):
        report.gather(runs, "accuracy", decision={"costs": {"negativ": 5}})
    with pytest.raises(ValueError, match="no costs are stated"):
        report.gather(runs, "cost_saved")
