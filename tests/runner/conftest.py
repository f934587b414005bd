import contextlib
import shutil

import nbformat
import pytest
from mlflow_server import Server
from nbformat.v4 import new_code_cell, new_notebook

from textlab import record
from textlab.runner.due.fingerprint import fingerprints
from textlab.runner.due.state import cell_states
from textlab.runner.executing import execution as execution_module
from textlab.runner.executing.execution import Execution
from textlab.runner.executing.options import ExecutionOptions
from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.notebook import read_notebook
from textlab.runner.planning.plan import plan

PARAMETERS = """dataset: str = "air_paradis"  # name of the dataset
seed: int = 0  # random seed
rate: float = 0.5  # learning rate
kind: str = "a"  # a choice
deep: bool = False  # whether deep"""


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A folder of notebooks for the runner; `notebooks(name, *sources)` adds one and returns its path."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr("textlab.runner.planning.notebook.NOTEBOOKS", folder)

    def add(name, *sources, parameters=PARAMETERS, model=None):
        cells = [new_code_cell(parameters, metadata={"tags": ["parameters"]})] if parameters else []
        cells += [new_code_cell(source) for source in sources]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
        if model:
            notebook.metadata["textlab"] = {"model": model}
        nbformat.write(notebook, folder / f"{name}.ipynb")
        return folder / f"{name}.ipynb"

    return add


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
        server.stop()


@pytest.fixture(scope="session")
def warm_kernels(tmp_path_factory):
    """One warm process for all tests, which takes seconds to start."""
    path = tmp_path_factory.mktemp("warm") / "any.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), path)
    with WarmKernels([read_notebook(path)]) as kernels:
        yield kernels


@pytest.fixture
def run(notebooks, tmp_path, store, warm_kernels, monkeypatch):
    """Execute a grid of these notebooks; returns the outcomes and the listener's calls.

    The tests share a warm process. With warm=True the grid starts its own, with warm=False it uses plain kernels.
    """

    def run_all(*runs, only=None, force=False, retry_failed=False, seeds=(0,), warm=None, cluster=None, **options):
        if warm is None and cluster is None:
            monkeypatch.setattr(execution_module, "WarmKernels", lambda *_: contextlib.nullcontext(warm_kernels))
        runs = [{"notebook": run} if isinstance(run, str) else run for run in runs]
        grid = Grid.model_validate({"name": "g", "dataset": "air_paradis", "seeds": list(seeds), "runs": runs})
        calls = []

        def listen(cell, *progress):
            calls.append((cell.notebook.name, *progress))

        planned = plan(grid, only)
        forced = {cell.key for cell in planned.cells} if force else ()
        cells, runs = planned.all_cells, record.runs_so_far("g")
        states = cell_states(cells, fingerprints(cells), runs, force=forced, retry_failed=retry_failed)
        options = ExecutionOptions(force=force, retry_failed=retry_failed, warm=warm is not False, **options)
        execution = Execution("g", tmp_path / "runs", states, options, listen, cluster)
        return list(execution.outcomes(planned.cells, planned.searches)), calls

    return run_all
