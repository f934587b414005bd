"""Several notebooks log a dataset at once."""

import mlflow
import pytest

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
