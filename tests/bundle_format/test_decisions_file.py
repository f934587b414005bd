"""decisions.json is read as it was written; a damaged one is refused."""

import json

import numpy as np
import pytest

from textlab.bundle_format.decisions import (
    ABSTAIN,
    DECISIONS,
    Decision,
    DecisionRules,
    read_decisions,
    write_decisions,
)
from textlab.bundle_format.documents import BundleError

NAMES = ("a", "b", "c")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "assets.extra").mkdir()
    return tmp_path


def test_rules_are_read_as_they_were_written(folder):
    costs = ((0.0, 1.0, 1.0), (5.0, 0.0, 5.0), (1.0, 1.0, 0.0))
    rules = DecisionRules(NAMES, costs, {"c": 0.7}, 0.5, {"a": 0.1, "b": 0.2, "c": 0.0}, {"sentences": ["x"]})
    write_decisions(folder, rules)
    assert read_decisions(folder, NAMES) == rules


def test_bundle_without_the_file_has_no_rules(folder):
    assert read_decisions(folder, NAMES) is None


def test_decision_names_a_class_or_abstains_and_sets_hold_the_plausible_classes():
    rules = DecisionRules(NAMES, abstain_below=0.6, coverage={"a": 0.3, "b": 0.2, "c": 0.9})
    probabilities = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25], [0.1, 0.1, 0.8]], dtype=np.float32)
    assert rules.decide(probabilities) == [
        Decision("a", ("a", "b")),
        Decision(ABSTAIN, ("a", "b")),
        Decision("c", ()),
    ]


def test_rare_class_wins_where_missing_it_is_dear():
    rules = DecisionRules(("ok", "fraud"), costs=((0.0, 1.0), (10.0, 0.0)))
    assert [each.label for each in rules.decide(np.array([[0.89, 0.11], [0.95, 0.05]]))] == ["fraud", "ok"]


def test_first_threshold_takes_precedence_and_a_class_below_its_own_is_never_decided():
    rules = DecisionRules(NAMES, thresholds={"b": 0.4, "a": 0.5})
    probabilities = np.array([[0.55, 0.45, 0.0], [0.6, 0.3, 0.1], [0.49, 0.31, 0.2]])
    assert [each.label for each in rules.decide(probabilities)] == ["b", "a", "c"]


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"costs": [[0, 1], [1, 0]]},
        {"costs": [[0, 1, -1]] * 3},
        {"costs": [[0, 1, "1"]] * 3},
        {"costs": 5},
        {"thresholds": {"d": 0.5}},
        {"thresholds": {"a": None}},
        {"thresholds": ["a"]},
        {"abstain_below": 1.5},
        {"abstain_below": True},
        {"abstain_below": float("nan")},
        {"abstain_below": float("inf")},
        {"costs": [[0, 10**400, 1]] * 3},
        {"coverage": {"a": 0.5}},
        {"stated": 7},
    ],
    ids=str,
)
def test_damaged_file_is_refused(folder, change):
    write_decisions(folder, DecisionRules(NAMES))
    document = json.loads((folder / DECISIONS).read_text()) | change
    (folder / DECISIONS).write_text(json.dumps(document))
    with pytest.raises(BundleError, match="decisions"):
        read_decisions(folder, NAMES)


def test_file_that_is_no_object_is_refused(folder):
    (folder / DECISIONS).write_text("[]")
    with pytest.raises(BundleError, match="decisions"):
        read_decisions(folder, NAMES)


def test_class_called_like_the_abstention_is_refused(folder):
    write_decisions(folder, DecisionRules(("abstain", "b"), abstain_below=0.5))
    with pytest.raises(BundleError, match="a class is called abstain"):
        read_decisions(folder, ("abstain", "b"))
