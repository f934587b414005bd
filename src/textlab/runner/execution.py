"""Execute the cells of a plan, one after the other; the verdict is the runner's own.

Each notebook runs in a process of its own (`textlab.runner.kernel`), so that it can be ended with all it started.
Another way of execution takes the same cells and gives the same outcomes.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from textlab import tracking
from textlab.runner.kernel import SAVE_SIGNAL, end_tree
from textlab.runner.plan import Cell
from textlab.runner.rendering import render_notebook

SAVE_SECONDS = 5.0  # how long an interrupted notebook has to save what there is of it
Listener = Callable[[Cell, int, int], None]


@dataclass(frozen=True)
class Outcome:
    """How a cell went.

    Attributes:
        status: "done", "failed" (a cell of the notebook raised), "died" (the kernel went away), "interrupted", or
            "blocked" (a cell that it builds on is not done).
        run_id: the MLflow run.
        seconds: wall clock.
        error: where it is not done, in one line.
        notebook: the executed notebook, where one was saved.
    """

    cell: Cell
    status: str
    run_id: str
    seconds: float
    error: str | None
    notebook: Path


def execute(cells: Sequence[Cell], experiment: str, folder: Path, listen: Listener) -> Iterator[Outcome]:
    """Execute `cells` in order, going on after a failure, and yield each outcome.

    What a cell builds on is the newest run of that other cell, whether of now or of an earlier time; where that is not
    done, the cell is blocked.

    Args:
        cells: as `plan` gives them: none stands before the cells that it builds on.
        experiment: the MLflow experiment that every run belongs to.
        folder: where the executed notebooks and their pages are kept.
        listen: told (cell, number of the running code cell, number of code cells).
    """
    experiment_id = tracking.prepare_store(experiment)
    folder.mkdir(parents=True, exist_ok=True)
    for cell in cells:
        sources = {name: tracking.finished_run(experiment, source.key) for name, source in cell.sources.items()}
        found = {name: run_id for name, run_id in sources.items() if run_id is not None}
        if len(found) == len(sources):
            yield _execute_cell(cell, found, experiment_id, folder, listen)
        else:
            missing = next(name for name in sources if name not in found)
            yield _blocked(cell, cell.sources[missing], experiment_id, folder)


def _blocked(cell: Cell, source: Cell, experiment_id: str, folder: Path) -> Outcome:
    error = f"It builds on '{source.name}', which is not done."
    run_id = tracking.open_run(experiment_id, cell.name, cell.notebook.stem, cell.key, cell.stated)
    tracking.close_run(run_id, "blocked", error, [])
    return Outcome(cell, "blocked", run_id, 0.0, error, folder / f"{cell.key}.ipynb")


def _execute_cell(
    cell: Cell, sources: Mapping[str, str], experiment_id: str, folder: Path, listen: Listener
) -> Outcome:
    run_id = tracking.open_run(experiment_id, cell.name, cell.notebook.stem, cell.key, cell.stated)
    saved = folder / f"{cell.key}.ipynb"
    parameters = {**cell.parameters, **sources}
    started = time.monotonic()
    status = "interrupted"
    error: str | None = "Interrupted."
    try:
        status, error = run_notebook(cell.notebook, parameters, saved, run_id, lambda *at: listen(cell, *at))
    except OSError as problem:
        status, error = "failed", f"The notebook could not be run: {problem}"
    finally:
        seconds = time.monotonic() - started
        try:
            files = _finished_files(saved, status, error, run_id)
        except OSError as problem:
            status, files, error = "failed", [], f"The executed notebook could not be kept: {problem}"
        tracking.close_run(run_id, status, error, files)
    return Outcome(cell, status, run_id, seconds, error, saved)


def _finished_files(saved: Path, status: str, error: str | None, run_id: str) -> list[Path]:
    """The executed notebook, signed, and its page; none where no notebook was saved."""
    if not saved.exists():
        return []
    _sign(saved, status, error, run_id)
    return [saved, render_notebook(saved, saved.with_suffix(".html"))]


def run_notebook(
    notebook: Path,
    parameters: dict[str, Any],
    output: Path,
    run_id: str | None,
    listen: Callable[[int, int], None],
) -> tuple[str, str | None]:
    """Execute one notebook in a process of its own; `output` appears only when it is whole.

    Returns:
        The status (see `Outcome`) and, where it is not "done", the error in one line.
    """
    partial = output.with_name(f".{output.name}.partial")
    partial.unlink(missing_ok=True)
    output.unlink(missing_ok=True)
    reading, writing = os.pipe()
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": tracking.tracking_uri(),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    environment |= {"MLFLOW_RUN_ID": run_id} if run_id else {}
    job = {"notebook": str(notebook), "output": str(partial), "parameters": parameters, "events": writing}
    failure: dict[str, Any] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "textlab.runner.kernel", json.dumps(job)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            pass_fds=(writing,),
            start_new_session=True,
            env=environment,
        )
        os.close(writing)
        try:
            with os.fdopen(reading, encoding="utf-8") as events:
                for line in events:
                    event = json.loads(line)
                    if "code_cell" in event:
                        listen(event["code_cell"], event["code_cells"])
                    else:
                        failure = event
            process.wait()
        finally:
            _end(process, partial)
            if partial.exists():
                partial.replace(output)
        complaints.seek(0)
        last_line = (complaints.read().strip().splitlines() or [""])[-1]
    if process.returncode == 0:
        return "done", None
    ended = f"The process ended with code {process.returncode}. {last_line}".strip()
    return failure.get("status", "died"), str(failure.get("error", ended)).partition("\n")[0]


def _end(process: subprocess.Popen[bytes], output: Path) -> None:
    """End the process with all it started; if it still runs, it is first given a moment to save its notebook."""
    if process.poll() is None:
        process.send_signal(SAVE_SIGNAL)
        deadline = time.monotonic() + SAVE_SECONDS
        while not output.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
    with contextlib.suppress(psutil.NoSuchProcess):
        end_tree(psutil.Process(process.pid))
    process.wait()


def _sign(saved: Path, status: str, error: str | None, run_id: str) -> None:
    """Write the runner's verdict into the saved notebook: papermill's own marks say nothing of a dead kernel."""
    import nbformat

    notebook = nbformat.read(saved, as_version=4)
    notebook.metadata["textlab"] = {"status": status, "error": error, "run_id": run_id}
    partial = saved.with_name(f".{saved.name}.partial")
    nbformat.write(notebook, partial)
    partial.replace(saved)
