"""What a notebook logs, where several notebooks log at once."""

import mlflow
import pytest

from textlab.record import notebook_run


def test_dataset_that_two_runs_log_at_once_is_logged_by_both(monkeypatch):
    said = []

    def log_input(dataset, context):
        said.append(dataset)
        if len(said) == 1:
            raise mlflow.MlflowException("(sqlite3.IntegrityError) UNIQUE constraint failed: datasets.name")

    monkeypatch.setattr(mlflow, "log_input", log_input)
    notebook_run._log_input("tweets")
    assert said == ["tweets", "tweets"]


def test_store_that_refuses_a_dataset_is_an_error(monkeypatch):
    def log_input(dataset, context):
        raise mlflow.MlflowException("no space left")

    monkeypatch.setattr(mlflow, "log_input", log_input)
    with pytest.raises(mlflow.MlflowException, match="no space left"):
        notebook_run._log_input("tweets")
