"""Tests of the MLflow store."""

import mlflow

from textlab.record.store import find_experiment, prepare_store


def test_experiment_that_another_process_creates_meanwhile_is_used(store, monkeypatch):
    create_experiment = mlflow.create_experiment

    def create_after_another_process(name, **options):
        create_experiment(name, **options)
        return create_experiment(name, **options)

    monkeypatch.setattr(mlflow, "create_experiment", create_after_another_process)
    assert prepare_store("grid") == find_experiment("grid").experiment_id
