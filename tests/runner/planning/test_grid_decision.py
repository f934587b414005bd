"""The key `decision` of a grid is checked before anything starts."""

import pytest

from textlab.runner.planning.grid_decision import check_decision
from textlab.runner.planning.grid_file import read_grid
from textlab.runner.planning.grid_task import training_metric

RUNS = "runs:\n  - notebook: 10_logistic_regression\n"


@pytest.fixture
def grid(tmp_path):
    """`grid(decision, metric)` reads a grid with this key."""

    def read(decision, metric=""):
        path = tmp_path / "grid.yaml"
        stated = f"primary_metric: {metric}\n" if metric else ""
        path.write_text(f"name: tiny\ndataset: air_paradis\n{stated}decision: {decision}\n{RUNS}")
        return read_grid(path)

    return read


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ("{costs: {negative: -5}}", "'decision.costs.negative' holds -5"),
        ("{cost: {negative: 5}}", "unknown key 'decision.cost'. Did you mean 'costs'?"),
        ("[1]", "'decision' is [1]"),
        ("{accuracy: 95}", "'decision.accuracy' is 95. State a share between 0 and 1"),
    ],
)
def test_mistake_in_the_key_is_one_sentence_with_the_file(grid, decision, said):
    with pytest.raises(ValueError, match=r"grid\.yaml: ") as error:
        grid(decision)
    assert said in str(error.value)


def test_classes_are_checked_against_the_data(grid):
    stated = grid("{costs: {negativ: 5}}")
    with pytest.raises(ValueError, match=r"unknown class 'negativ'\. Did you mean 'negative'"):
        check_decision(stated, ["air_paradis"])
    check_decision(grid("{}"), ["no such dataset"])


def test_costs_may_decide_only_if_they_are_stated_and_notebooks_train_by_the_metric_of_the_task(grid):
    with pytest.raises(ValueError, match="the primary_metric is 'cost_saved', and no costs are stated"):
        grid("{accuracy: 0.9}", "cost_saved")
    assert training_metric(grid("{costs: {negative: 5}}", "cost_saved")) == "macro_recall"
    assert training_metric(grid("{costs: {negative: 5}}", "accuracy")) == "accuracy"
