"""A real SQLite store."""

import shutil

import pytest

from textlab import record


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """A store without runs. Creating one takes seconds; copying it is instant."""
    folder = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        record.prepare_store("by-hand")
    return folder / "mlflow.db"


@pytest.fixture
def store(empty_store, tmp_path, monkeypatch):
    """A store for one test; returns its folder."""
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    monkeypatch.setattr("textlab.paths.MLRUNS", folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder
