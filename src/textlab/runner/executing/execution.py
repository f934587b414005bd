"""Execute the cells of a plan, several at once, on this machine or a cluster."""

import math
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from textlab import record
from textlab.runner.due.outcome import CellStatus, Outcome
from textlab.runner.due.state import CellState
from textlab.runner.executing.cell_execution import CellExecution, Listener, saved_notebook
from textlab.runner.executing.claims import Claims, close_abandoned_runs
from textlab.runner.executing.options import ExecutionOptions
from textlab.runner.executing.placement import JOB_MEMORY, Place, Placement, thread_variables
from textlab.runner.executing.trials import Trials
from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.cell import Cell
from textlab.runner.planning.notebook import Notebook
from textlab.runner.planning.search import Search

if TYPE_CHECKING:
    from textlab.runner.executing.cluster import Cluster

POLL_SECONDS = 1.0  # how often to check whether another runner has finished a cell, or memory is free again


class Execution:
    """One pass over the cells of a grid.

    Args:
        grid: the grid's name, which is also the name of its MLflow experiment.
        folder: folder of the executed notebooks and their pages.
        states: the state of each cell, of the cells that it builds on and of the searches' bases, by `Cell.key`. Trials
            are added, and each cell that ends receives its outcome.
        listen: see `CellExecution.listen`.
        cluster: the cluster that executes the notebooks; None for this machine.
    """

    def __init__(
        self,
        grid: str,
        folder: Path,
        states: dict[str, CellState],
        options: ExecutionOptions,
        listen: Listener = lambda *_: None,
        cluster: "Cluster | None" = None,
    ) -> None:
        self._grid, self._folder, self._states, self._options = grid, folder, states, options
        self._listen, self._cluster = listen, cluster
        self._experiment_id = record.prepare_store(grid)
        folder.mkdir(parents=True, exist_ok=True)
        self._claims = Claims(grid)
        self._placement = Placement(options.jobs, options.gpus, cluster.cores if cluster else None)
        self._stop = threading.Event()
        self._running: dict[Future[Outcome], tuple[CellState, Place]] = {}
        self._has_failed = False

    def outcomes(self, cells: Sequence[Cell], searches: Sequence[Search] = ()) -> Generator[Outcome]:
        """Execute what is due of the planned cells and searches, and yield the outcome of each cell and trial.

        A failure does not stop the other cells. Nothing that is done is repeated, even if another runner does it at the
        same time. Of the cells that can start, new ones start first, then those that took longest before.
        """
        close_abandoned_runs(self._grid, self._folder, self._claims)
        planned = {cell.key for cell in cells}
        trials = Trials(self._grid, self._experiment_id, searches, self._states, planned, self._options)
        states = [self._states[cell.key] for cell in cells]
        yield from (self._end(state, self._settled(state), trials) for state in states if state.is_settled)
        due = {state.cell.key: state for state in states if not state.is_settled}
        order = TopologicalSorter({key: state.cell.source_keys & due.keys() for key, state in due.items()})
        order.prepare()
        ready: list[CellState] = []
        yield from self._start_trials(trials, ready)
        notebooks = [state.cell.notebook for state in [*due.values(), *ready] if state.is_due]
        with self._warm_kernels([*notebooks, *trials.open_notebooks]) as kernels:
            execution = self._cell_execution(kernels, reads_metrics=bool(searches))
            with ThreadPoolExecutor(self._options.jobs) as pool:
                try:
                    while order.is_active() or not trials.are_over:
                        ready += (due[key] for key in order.get_ready())
                        yield from self._start_trials(trials, ready)
                        ready.sort(key=_urgency)
                        for state, outcome in self._advance(ready, execution, pool):
                            if outcome.cell.key in due:
                                order.done(outcome.cell.key)
                            yield self._end(state, outcome, trials)
                finally:
                    self._stop.set()  # the threads end their notebooks and close their runs before the pool closes
        trials.close()

    def _warm_kernels(self, notebooks: Sequence[Notebook]) -> WarmKernels:
        is_warm = self._options.warm and self._cluster is None
        return WarmKernels(notebooks if is_warm else (), thread_variables(self._placement.threads))

    def _cell_execution(self, kernels: WarmKernels, *, reads_metrics: bool) -> CellExecution:
        return CellExecution(
            grid=self._grid,
            experiment_id=self._experiment_id,
            folder=self._folder,
            states=self._states,
            options=self._options,
            threads=self._placement.threads,
            reads_metrics=reads_metrics,
            listen=self._listen,
            stop=self._stop,
            kernels=kernels,
            cluster=self._cluster,
        )

    def _start_trials(self, trials: Trials, ready: list[CellState]) -> Iterator[Outcome]:
        """Add the due trials that can start now to `ready`; yield the outcomes of those that are not due."""
        for state in trials.start():
            if state.is_settled:
                yield self._end(state, self._settled(state), trials)
            else:
                ready.append(state)

    @staticmethod
    def _end(state: CellState, outcome: Outcome, trials: Trials) -> Outcome:
        """Keep the outcome of a cell that has ended; return it."""
        state.outcome = outcome
        trials.add(outcome)
        return outcome

    def _settled(self, state: CellState) -> Outcome:
        """The outcome of a cell that is not due, whose run is described as the grid file states the cell now."""
        if state.run is not None and state.status is CellStatus.DONE_BEFORE:
            record.annotate(state.run, parameters=state.cell.recorded_parameters)
        run_id, metrics = (state.run.id, state.run.metrics) if state.run else (None, {})
        notebook = saved_notebook(self._folder, state.cell)
        return Outcome(state.cell, state.status, run_id, 0.0, state.reason or None, notebook, metrics)

    def _advance(
        self, ready: list[CellState], execution: CellExecution, pool: ThreadPoolExecutor
    ) -> Iterator[tuple[CellState, Outcome]]:
        """Start the cells that can start, wait until a cell ends, and yield those that have."""
        for state in list(ready):
            outcome = self._outcome_without_start(state, execution)
            if outcome is not None or self._start(state, execution, pool):
                ready.remove(state)
            if outcome is not None:
                yield state, outcome
        if ready and not self._running:  # other runners execute all that is left
            self._stop.wait(POLL_SECONDS)
        wait(self._running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in [future for future in self._running if future.done()]:
            state, place = self._running.pop(future)
            self._placement.release(place)
            self._claims.release(state.cell.key)
            outcome = self._outcome(state, future)
            self._has_failed |= not outcome.is_success
            yield state, outcome

    def _outcome(self, state: CellState, future: Future[Outcome]) -> Outcome:
        """The outcome of a cell whose thread has ended; an exception, such as a lost store, fails the cell."""
        problem = future.exception()
        if problem is None:
            return future.result()
        error = f"{type(problem).__name__}: {problem}"
        return Outcome(state.cell, CellStatus.FAILED, None, 0.0, error, saved_notebook(self._folder, state.cell))

    def _outcome_without_start(self, state: CellState, execution: CellExecution) -> Outcome | None:
        """The outcome of a cell that must not start; None if it may."""
        if state.done_in:
            return None
        if self._has_failed and self._options.fail_fast:
            notebook = saved_notebook(self._folder, state.cell)
            return Outcome(state.cell, CellStatus.LEFT_OUT, None, 0.0, "An earlier cell failed.", notebook)
        sources = state.cell.sources.values()
        missing = [source for source in sources if self._states[source.key].finished_run_id is None]
        return execution.block(state, f"It builds on '{missing[0].name}', which is not done.") if missing else None

    def _start(self, state: CellState, execution: CellExecution, pool: ThreadPoolExecutor) -> bool:
        """Start a cell; return whether a place was free and no other runner executes the cell."""
        place = self._placement.reserve(state.cell.gpus, state.expected_memory or JOB_MEMORY)
        if place is None:
            return False
        if not self._claims.acquire(state.cell.key):
            self._placement.release(place)
            return False
        self._running[pool.submit(execution.execute, state, place)] = (state, place)
        return True


def _urgency(state: CellState) -> float:
    """The sort key of cells that can start: new cells first, then those that took longest before."""
    return -math.inf if state.expected_seconds is None else -state.expected_seconds
