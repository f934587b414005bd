"""A real SQLite store."""

import shutil

import pytest


@pytest.fixture
def store(empty_store, tmp_path, monkeypatch):
    """A store for one test; returns its folder."""
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    monkeypatch.setattr("textlab.paths.MLRUNS", folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder
