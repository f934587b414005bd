"""Several notebooks log a dataset at once, and a run has the DVC revisions of its data."""

import mlflow
import pytest

from textlab import record
from textlab.record import notebook_run


def test_run_logs_its_dataset_although_another_run_logs_it_at_the_same_time(monkeypatch):
    logged = []

    def log_input(dataset, context):
        logged.append(dataset)
        if len(logged) == 1:
            raise mlflow.MlflowException("(sqlite3.IntegrityError) UNIQUE constraint failed: datasets.name")

    monkeypatch.setattr(mlflow, "log_input", log_input)
    notebook_run._log_input("tweets")
    assert logged == ["tweets", "tweets"]


def test_store_that_refuses_a_dataset_is_an_error(monkeypatch):
    def log_input(dataset, context):
        raise mlflow.MlflowException("no space left")

    monkeypatch.setattr(mlflow, "log_input", log_input)
    with pytest.raises(mlflow.MlflowException, match="no space left"):
        notebook_run._log_input("tweets")


def test_run_has_the_revisions_of_its_data_if_there_are_any(store):
    experiment = record.prepare_store("revisions")
    revision = {"path": "data/tweets.csv", "md5": "1ab7", "tracked_in": "data/tweets.csv.dvc", "commit": "4e0c"}
    tagged, untagged = (record.open_run(experiment, name, "10_x", name, {}) for name in ("tagged", "untagged"))
    notebook_run.log_data_revisions(tagged, [revision])
    notebook_run.log_data_revisions(untagged, [])
    assert record.get_run(tagged).data_revisions == (revision,)
    assert record.get_run(untagged).data_revisions == ()
