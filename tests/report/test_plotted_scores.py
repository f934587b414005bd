"""The scores and curves of runs as files for other programs."""

import json

import pandas as pd
import pytest
from mlflow import MlflowClient

from textlab import record
from textlab.report.plotted_scores import POINTS, write_scores


@pytest.fixture
def runs(store):
    store.add("a", 0.7)
    store.add("failed", status="failed")
    runs = store.add("b", 0.9)
    history = store.folder / "history.csv"
    pd.DataFrame({"epoch": [1, 2], "train_loss": [0.5, 0.25], "seconds": [1, 1]}).to_csv(history, index=False)
    client = MlflowClient(record.tracking_uri())
    for run in runs:
        if run.model:
            client.log_artifact(run.id, str(history))
    return runs


def test_files_have_the_scores_and_curves_of_each_finished_run(runs, tmp_path):
    files = write_scores(runs, "accuracy", tmp_path / "scores")
    assert [path.name for path in files] == ["metrics.json", "learning.csv", "roc.csv", "precision_recall.csv"]
    metrics = json.loads(files[0].read_text())
    assert {name: scores["validation_accuracy"] for name, scores in metrics.items()} == {"x (a)": 0.7, "x (b)": 0.9}
    learning, roc, precision_recall = map(pd.read_csv, files[1:])
    assert learning["measure"].unique().tolist() == ["train_loss"]
    assert learning.loc[learning["model"] == "x (a)", "value"].tolist() == [0.5, 0.25]
    for table in (roc, precision_recall):
        assert set(table["model"]) == {"x (a)", "x (b)"}
        assert table.groupby("model").size().max() <= POINTS
    assert roc.columns.tolist() == ["model", "false_positive_rate", "true_positive_rate"]
    assert precision_recall.columns.tolist() == ["model", "recall", "precision"]


def test_the_same_runs_give_the_same_bytes(runs, tmp_path):
    first, again = (write_scores(runs, "accuracy", tmp_path / name) for name in ("first", "again"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_without_a_finished_run_there_are_no_files(store, tmp_path):
    runs = store.add("failed", status="failed")
    with pytest.raises(ValueError, match=r"No run of the grid has finished with a model\. Run the grid first"):
        write_scores(runs, "accuracy", tmp_path / "scores")
    assert not (tmp_path / "scores").exists()
