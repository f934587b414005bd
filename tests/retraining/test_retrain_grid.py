"""The grid of a retrain, made of the grid that it was given."""

import pytest

from textlab.retraining.grid import check_grid, write_grid
from textlab.runner.planning.grid_file import read_grid

RUNS = "runs:\n  - notebook: 10_logistic_regression\n"


def test_grid_with_a_list_of_one_dataset_can_be_retrained(tmp_path):
    given = tmp_path / "given.yaml"
    given.write_text(f"name: tasks\ndataset: [demo]\nprimary_metric: {{demo: accuracy}}\n{RUNS}")
    assert write_grid(given, "file:new.csv", "r1", tmp_path / "own.yaml") == "tasks-demo-r1"
    own = read_grid(tmp_path / "own.yaml")
    assert (own.name, own.dataset, own.primary_metric) == ("tasks-demo-r1", "file:new.csv", "accuracy")


def test_grid_of_several_datasets_cannot_be_retrained(tmp_path):
    given = tmp_path / "given.yaml"
    given.write_text(f"name: tasks\ndataset: [demo, airline]\n{RUNS}")
    with pytest.raises(ValueError, match="states 2 datasets, but one is needed here"):
        check_grid(given)
