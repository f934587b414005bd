"""Empty data folders and a server for downloads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Server

from textlab import paths


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def raw_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data/raw without a mirror."""
    monkeypatch.delenv("TEXTLAB_MIRROR", raising=False)
    monkeypatch.setattr(paths, "RAW_DATA", tmp_path / "raw")
    return tmp_path / "raw"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty mirror: the folder in TEXTLAB_MIRROR."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("TEXTLAB_MIRROR", str(folder))
    monkeypatch.setattr(paths, "RAW_DATA", tmp_path / "raw")
    return folder
