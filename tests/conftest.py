"""Fixtures for all tests."""

import gc
import logging
import os
import shutil
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from textlab.iri_parser import postpone_iri_parser

# The suite runs in as many processes as there are cores; more threads would only compete for the cores.
for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(variable, "1")

postpone_iri_parser()

# Many tests start Python. The first start compiles the modules for all others.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Reading the tests creates millions of objects that stay. Looking for garbage among them takes 14 of 56 seconds.
gc.disable()

# The files that take longest, longest first. A process that finishes its file takes the next one, so a long file that
# starts last would run alone.
LONGEST = (
    "models/test_classifier_contract.py",
    "runner/test_command.py",
    "models/lstm/test_lstm.py",
    "runner/executing/test_execution.py",
    "runner/kernels/test_warm_kernels.py",
    "models/bert/test_bert_graph.py",
    "traps/test_traps.py",
    "models/test_retriever_contract.py",
    "retraining/test_rollout.py",
    "api/model/test_engines.py",
    "monitoring/test_monitor_command.py",
    "promotion/test_promoting.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first. The order within a file stays."""
    tests = Path(__file__).parent
    ranks = {tests / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _no_handler_outlives_its_test():
    """A command that runs in this process adds a log handler, which writes to a stderr that closes with the test."""
    before = list(logging.root.handlers)
    yield
    logging.root.handlers[:] = before


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A store without runs. Creating one takes seconds; copying it is instant. The processes of a suite share it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "empty"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / ".made.lock"):
        if not (folder / "mlflow.db").exists():
            _make_store(folder)
    return folder / "mlflow.db"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_store: Path) -> Path:
    """An MLflow store for one test; returns its folder."""
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    monkeypatch.setattr("textlab.paths.MLRUNS", folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


def _make_store(folder: Path) -> None:
    from textlab import record

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textlab.paths.MLRUNS", folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        record.prepare_store("by-hand")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real datasets: what TEXTLAB_MIRROR names, else shared/data beside the checkout."""
    named = os.environ.get("TEXTLAB_MIRROR")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "tweet_eval").is_dir():
        pytest.skip(f"needs the real datasets; {folder} does not hold them (TEXTLAB_MIRROR names the folder)")
    return folder
