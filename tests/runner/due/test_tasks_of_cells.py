"""A notebook runs on datasets of its own task only."""

import pytest

from textlab.runner.due.fingerprint import fingerprints
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import plan

READS_DATA = "import textlab.data\ndata = textlab.data.load(dataset)"


@pytest.mark.parametrize(
    ("model", "dataset", "message"),
    [
        ("bm25", "air_paradis", "Notebook '40_x' is for retrieval, and dataset 'air_paradis' is for classification"),
        (
            "boosted_trees",
            "passenger_topics",
            "is for classification, and dataset 'passenger_topics' is for multilabel",
        ),
        (
            "logistic_regression",
            "talents",
            "Notebook '40_x' is for classification or multilabel, and dataset 'talents'",
        ),
    ],
)
def test_dataset_of_another_task_is_refused(notebooks, model, dataset, message):
    notebooks("40_x", READS_DATA, model=model)
    grid = Grid(name="g", dataset=dataset, runs=[{"notebook": "40_x"}])
    with pytest.raises(ValueError, match=message):
        fingerprints(plan(grid).cells)


def test_family_of_two_tasks_reads_the_data_of_both(notebooks):
    notebooks("40_x", READS_DATA, model="logistic_regression")
    for dataset in ("passenger_topics", "air_paradis"):
        grid = Grid(name="g", dataset=dataset, runs=[{"notebook": "40_x"}])
        (found,) = fingerprints(plan(grid).cells).values()
        assert found.data


def test_notebook_without_a_family_reads_the_data_of_every_task(notebooks):
    notebooks("40_x", READS_DATA)
    grid = Grid(name="g", dataset="talents", runs=[{"notebook": "40_x"}])
    (found,) = fingerprints(plan(grid).cells).values()
    assert found.data
