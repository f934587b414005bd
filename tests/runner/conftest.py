import contextlib
import shutil
import socket
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
import requests
from mlflow import MlflowClient
from nbformat.v4 import new_code_cell, new_notebook

from textlab import record
from textlab.runner.due.fingerprint import fingerprints
from textlab.runner.due.state import states
from textlab.runner.executing.execution import Conditions, Execution
from textlab.runner.kernels.kernel import end_tree
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.plan import ancestors, plan, plan_searches

PARAMETERS = """dataset: str = "air_paradis"  # name of the dataset
seed: int = 0  # of every random choice
rate: float = 0.5  # how fast
kind: str = "a"  # which one
deep: bool = False  # whether deep"""


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A folder of notebooks that the runner sees; `notebooks(name, *sources)` adds one."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr("textlab.runner.planning.notebook.NOTEBOOKS", folder)

    def add(name, *sources, parameters=PARAMETERS):
        cells = [new_code_cell(parameters, metadata={"tags": ["parameters"]})] if parameters else []
        cells += [new_code_cell(source) for source in sources]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, folder / f"{name}.ipynb")
        return folder / f"{name}.ipynb"

    return add


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """A SQLite file with MLflow's tables, which take seconds to make."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(tmp_path, monkeypatch, empty_store):
    """The store of this test alone; gives its folder."""
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    monkeypatch.setattr("textlab.paths.MLRUNS", folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


class Server:
    """An MLflow server on this machine, which can be ended and started again."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
        self._command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"]
        self._command += ["--artifacts-destination", str(folder / "artifacts")]

    def start(self):
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 300
        while True:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.address}/health", timeout=5).ok:
                    return
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def end(self):
        end_tree(psutil.Process(self._process.pid))
        self._process.wait()


@pytest.fixture
def mlflow_server(tmp_path, empty_store):
    folder = tmp_path / "server"
    folder.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    server = Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture
def run(notebooks, tmp_path, store):
    """Execute a grid of the notebooks named; gives outcomes and what the listener heard."""

    def run_all(*runs, only=None, force=False, retry_failed=False, seeds=(0,), warm=False, cluster=None, **conditions):
        runs = [{"notebook": run} if isinstance(run, str) else run for run in runs]
        grid = Grid.model_validate({"name": "g", "dataset": "air_paradis", "seeds": list(seeds), "runs": runs})
        heard = []
        listen = lambda cell, *at: heard.append((cell.notebook.stem, *at))  # noqa: E731
        cells, searches = plan(grid, only), plan_searches(grid, only)
        wanted = [*cells, *(search.base for search in searches)]
        concerned = list({each.key: each for cell in wanted for each in (*ancestors(cell), cell)}.values())
        prints = fingerprints(concerned)
        forced = {cell.key for cell in cells} if force else ()
        found = states(concerned, prints, record.runs_so_far("g"), force=forced, retry_failed=retry_failed)
        stated = Conditions(force=force, retry_failed=retry_failed, warm=warm, **conditions)
        execution = Execution("g", tmp_path / "runs", prints, found, stated, listen, cluster)
        return list(execution.outcomes(cells, searches)), heard

    return run_all
