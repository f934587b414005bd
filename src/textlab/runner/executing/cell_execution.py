"""Execute one cell in a thread: open its run, execute its notebook, and close the run with the runner's verdict."""

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textlab import record
from textlab.record import Run, Status
from textlab.runner.due.outcome import CellStatus, Outcome
from textlab.runner.due.state import CellState
from textlab.runner.executing.options import ExecutionOptions
from textlab.runner.executing.placement import Place
from textlab.runner.executing.process import Limits, run_notebook
from textlab.runner.executing.rendering import render_notebook
from textlab.runner.executing.verdict import Verdict, sign
from textlab.runner.kernels.memory import GIGABYTE
from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.cell import Cell

if TYPE_CHECKING:
    from textlab.runner.executing.cluster import Cluster

ATTEMPTS = 4  # at a notebook whose machine is lost
Listener = Callable[[Cell, int, int, float | None], None]


@dataclass(frozen=True)
class CellExecution:
    """Executes the cells of a grid, each in the thread that calls `execute`.

    Attributes:
        grid: the grid's name.
        experiment_id: the grid's MLflow experiment.
        folder: folder of the executed notebooks and their pages.
        states: the state of every cell, by `Cell.key`.
        threads: number of threads that each notebook receives.
        reads_metrics: whether outcomes hold the metrics of their runs.
        listen: called from any thread with the cell, the number of its running code cell, the number of its code cells,
            and the progress of a bar in that one from 0 to 1, or None if it has no bar.
        stop: interrupts all notebooks when set.
        kernels: the warm process, if this machine executes the notebooks.
        cluster: the cluster that executes the notebooks; None for this machine.
    """

    grid: str
    experiment_id: str
    folder: Path
    states: Mapping[str, CellState]
    options: ExecutionOptions
    threads: int
    reads_metrics: bool
    listen: Listener
    stop: threading.Event
    kernels: WarmKernels
    cluster: "Cluster | None" = None

    def execute(self, state: CellState, place: Place) -> Outcome:
        """Execute a cell, or reuse the run of another grid, unless another runner has finished it in the meantime."""
        if not self.options.force:
            done = record.all_runs(self.grid, cell=state.cell.key, key=state.fingerprint.key, status=Status.DONE)
            if done:
                notebook = saved_notebook(self.folder, state.cell)
                return Outcome(state.cell, CellStatus.DONE_BEFORE, done[0].id, 0.0, None, notebook, done[0].metrics)
        if state.done_in and state.run is not None:
            return self._reuse(state, state.run)
        outcome = self._execute_with_retries(state, place)
        if self.reads_metrics and outcome.is_success and outcome.run_id:
            return replace(outcome, metrics=record.get_run(outcome.run_id).metrics)
        return outcome

    def _reuse(self, state: CellState, run: Run) -> Outcome:
        """Give the grid a run with the results of a run of another grid."""
        run_id = self._open_run(state)
        record.copy_results(run, run_id)
        record.close_run(run_id, Status.DONE)
        notebook = saved_notebook(self.folder, state.cell)
        return Outcome(
            state.cell, CellStatus.DONE_BEFORE, run_id, 0.0, None, notebook, run.metrics, done_in=state.done_in
        )

    def block(self, state: CellState, error: str) -> Outcome:
        """Record a cell that cannot be executed because a cell that it builds on is not done."""
        run_id = self._open_run(state)
        record.close_run(run_id, Status.BLOCKED, error)
        return Outcome(state.cell, CellStatus.BLOCKED, run_id, 0.0, error, saved_notebook(self.folder, state.cell))

    def _execute_with_retries(self, state: CellState, place: Place) -> Outcome:
        """Execute a cell; if its machine is lost, execute it again, in another run."""
        notebook = saved_notebook(self.folder, state.cell)
        for attempts_left in reversed(range(ATTEMPTS)):
            run_id = self._open_run(state)
            started = time.monotonic()
            try:
                verdict = self._run_notebook(state.cell, place, run_id, notebook)
            except OSError as problem:
                verdict = Verdict(CellStatus.FAILED, f"The notebook could not be executed: {problem}")
            seconds = time.monotonic() - started
            status, error = _close_run(run_id, notebook, verdict, seconds)
            if not (verdict.is_lost and attempts_left):
                break
        return Outcome(state.cell, status, run_id, seconds, error, notebook)

    def _open_run(self, state: CellState) -> str:
        cell, trial = state.cell, state.trial
        return record.open_run(
            self.experiment_id,
            cell.name,
            cell.notebook.name,
            cell.key,
            cell.recorded_parameters,
            trial.parent_run_id if trial else None,
            key=state.fingerprint.key,
            fingerprint=state.fingerprint.as_json(),
            threads=self.threads,
            gpus=cell.gpus,
            study=trial.study if trial else None,
        )

    def _run_notebook(self, cell: Cell, place: Place, run_id: str, output: Path) -> Verdict:
        """Execute a cell's notebook, here or on the cluster."""
        sources = {name: self.states[source.key].finished_run_id for name, source in cell.sources.items()}
        memory = cell.memory * GIGABYTE if cell.memory else None
        limits = Limits(cell.timeout or self.options.timeout, cell.cell_timeout, memory)
        parameters = cell.notebook.injected_parameters({**cell.parameters, **sources})
        notebook = (cell.notebook.path, parameters, output, run_id, functools.partial(self.listen, cell))
        if self.cluster is not None:
            return self.cluster.run_notebook(*notebook, limits=limits, place=place, gpus=cell.gpus, stop=self.stop)
        warm = self.kernels.address(cell.notebook)
        return run_notebook(*notebook, environment=place.environment, limits=limits, warm=warm, stop=self.stop)


def saved_notebook(folder: Path, cell: Cell) -> Path:
    """The path of a cell's executed notebook."""
    return folder / f"{cell.key}.ipynb"


def _close_run(run_id: str, notebook: Path, verdict: Verdict, seconds: float) -> tuple[CellStatus, str | None]:
    """Write the verdict into the notebook and the record; return the status and the error that are recorded."""
    measured: dict[str, Any] = {"seconds": seconds, "memory": verdict.memory}
    try:
        files = _signed_files(notebook, verdict, run_id)
        record.close_run(run_id, Status(verdict.status), verdict.error, files, **measured)
        return verdict.status, verdict.error
    except OSError as problem:
        error = f"The executed notebook could not be kept: {problem}"
        with contextlib.suppress(OSError):
            sign(notebook, status=CellStatus.FAILED, error=error, run_id=run_id)
        record.close_run(run_id, Status.FAILED, error, **measured)
        return CellStatus.FAILED, error


def _signed_files(notebook: Path, verdict: Verdict, run_id: str) -> list[Path]:
    """The executed notebook with its verdict, and its page; empty if no notebook was saved."""
    if not notebook.exists():
        return []
    sign(notebook, status=verdict.status, error=verdict.error, run_id=run_id)
    return [notebook, render_notebook(notebook, notebook.with_suffix(".html"))]
