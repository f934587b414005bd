"""Tests of the MLflow store."""

import os

import mlflow
import pytest

from textlab.record import store
from textlab.record.store import find_experiment, prepare_store


def test_experiment_that_another_process_creates_meanwhile_is_used(store, monkeypatch):
    create_experiment = mlflow.create_experiment

    def create_after_another_process(name, **options):
        create_experiment(name, **options)
        return create_experiment(name, **options)

    monkeypatch.setattr(mlflow, "create_experiment", create_after_another_process)
    assert prepare_store("grid") == find_experiment("grid").experiment_id


@pytest.mark.parametrize(("set_to", "used"), [(None, store.RETRIES), ("1", "1")])
def test_a_server_that_is_gone_is_not_waited_for_as_long_as_mlflow_does(monkeypatch, set_to, used):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", set_to or "")
    if set_to is None:
        monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES")
    store.connected_mlflow()
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == used
