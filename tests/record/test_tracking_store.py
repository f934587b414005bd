"""Tests of the MLflow store."""

import os

import mlflow
import pytest

from textlab.record import store
from textlab.record.pages import page_address
from textlab.record.store import find_experiment, prepare_store, without_password


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


def test_the_password_of_a_server_is_in_no_message_and_no_link(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ada:s3cr@t@127.0.0.1:9/mlflow/")
    assert page_address() == "http://127.0.0.1:9/mlflow"
    with pytest.raises(ValueError, match=r"The MLflow server http://127.0.0.1:9/mlflow/ does not answer") as caught:
        find_experiment("grid")
    assert "s3cr" not in str(caught.value)


def test_only_users_and_passwords_are_removed_from_a_text():
    assert without_password("postgresql://u:p@db/x failed for a@b.org at http://h/a@b") == (
        "postgresql://db/x failed for a@b.org at http://h/a@b"
    )
