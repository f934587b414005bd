"""Execute the cells of a plan, several at once; the verdict is the runner's own.

Another way of execution takes the same cells and gives the same outcomes.
"""

import math
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from textlab import tracking
from textlab.runner.claim import Claims, close_abandoned
from textlab.runner.fingerprint import Fingerprint
from textlab.runner.placement import Place, Placement, thread_variables
from textlab.runner.plan import Cell
from textlab.runner.process import run_notebook, sign
from textlab.runner.rendering import render_notebook
from textlab.runner.state import State
from textlab.runner.warm_kernels import WarmKernels

LOOK_SECONDS = 1.0  # how soon it is noticed that another runner is through with a cell, or that memory is free again
Listener = Callable[[Cell, int, int], None]


@dataclass(frozen=True)
class Outcome:
    """How a cell went.

    Attributes:
        status: "done", "failed" (a cell of the notebook raised), "timed out", "died" (the kernel went away),
            "interrupted", "blocked" (a cell that it builds on is not done), "left out" (the grid was stopped before);
            or, where nothing had to be started, "done before" or "failed before".
        run_id: the MLflow run; None where there is none.
        seconds: wall clock.
        error: where it is not done, in one line.
        notebook: the executed notebook, where one was saved.
    """

    cell: Cell
    status: str
    run_id: str | None
    seconds: float
    error: str | None
    notebook: Path

    @property
    def is_success(self) -> bool:
        """Whether the cell has a finished run."""
        return self.status in ("done", "done before")


@dataclass(frozen=True)
class Conditions:
    """Under which the cells of a grid are executed.

    Attributes:
        jobs: how many at once.
        gpus: the names of the GPUs that are handed out.
        timeout: seconds that a notebook may take where the grid file does not say; None for no limit.
        fail_fast: whether nothing is started any more after the first failure.
        force: whether a cell is executed although another runner has just done it.
        warm: whether kernels are forked from a process that has imported the heavy libraries, where that is safe.
    """

    jobs: int = 1
    gpus: Sequence[str] = ()
    timeout: float | None = None
    fail_fast: bool = False
    force: bool = False
    warm: bool = True


class Execution:
    """One pass over the cells of a grid.

    Args:
        experiment: the MLflow experiment that every run belongs to.
        folder: where the executed notebooks and their pages are kept.
        fingerprints, states: of the cells and of those that they build on, by `Cell.key`.
        conditions: how.
        listen: told (cell, number of the running code cell, number of code cells), from any thread.
    """

    def __init__(
        self,
        experiment: str,
        folder: Path,
        fingerprints: Mapping[str, Fingerprint],
        states: Mapping[str, State],
        conditions: Conditions,
        listen: Listener = lambda *_: None,
    ) -> None:
        self._experiment, self._folder, self._conditions, self._listen = experiment, folder, conditions, listen
        self._fingerprints, self._states = fingerprints, states
        self._experiment_id = tracking.prepare_store(experiment)
        folder.mkdir(parents=True, exist_ok=True)
        self._claims = Claims(experiment)
        self._placement = Placement(conditions.jobs, conditions.gpus)
        self._stop = threading.Event()
        self._run_ids = {key: state.run_id for key, state in states.items() if state.kind == "done" and state.run_id}
        self._running: dict[Future[Outcome], tuple[Cell, Place]] = {}
        self._has_failed = False

    def outcomes(self, cells: Sequence[Cell]) -> Generator[Outcome]:
        """Execute what is due of `cells`, going on after a failure, and yield an outcome for each cell.

        What has been done is not repeated, also where another runner does it at the same time. Of the cells that can
        be started, the one that took longest before goes first; one that is new goes before all.

        Args:
            cells: as `plan` gives them.
        """
        close_abandoned(self._experiment, self._folder, self._claims)
        yield from (self._settled(cell) for cell in cells if self._states[cell.key].kind != "due")
        due = {cell.key: cell for cell in cells if self._states[cell.key].kind == "due"}
        order = TopologicalSorter(
            {key: {source.key for source in cell.sources.values()} & due.keys() for key, cell in due.items()}
        )
        order.prepare()
        ready: list[Cell] = []
        warmed = {cell.notebook for cell in due.values()} if self._conditions.warm else set()
        self._kernels = WarmKernels(sorted(warmed), thread_variables(self._placement.threads))
        with self._kernels, ThreadPoolExecutor(self._conditions.jobs) as pool:
            try:
                while order.is_active():
                    ready = sorted([*ready, *(due[key] for key in order.get_ready())], key=self._urgency)
                    for outcome in self._advance(ready, pool):
                        order.done(outcome.cell.key)
                        yield outcome
            finally:
                self._stop.set()  # the threads end their notebooks and close their runs before the pool is left

    def _settled(self, cell: Cell) -> Outcome:
        """The outcome of a cell that need not be started."""
        state = self._states[cell.key]
        status = "done before" if state.kind == "done" else state.kind
        return Outcome(cell, status, state.run_id, 0.0, state.why or None, self._saved(cell))

    def _urgency(self, cell: Cell) -> float:
        """What sorts the cells: less for what takes longer, and least for what is new."""
        seconds = self._states[cell.key].seconds
        return -math.inf if seconds is None else -seconds

    def _advance(self, ready: list[Cell], pool: ThreadPoolExecutor) -> Iterator[Outcome]:
        """Start what can be started, wait for something to end, and give what has."""
        for cell in list(ready):
            outcome = self._without_start(cell)
            if outcome is not None or self._is_started(cell, pool):
                ready.remove(cell)
            if outcome is not None:
                yield outcome
        if ready and not self._running:  # all that is left is with another runner
            self._stop.wait(LOOK_SECONDS)
        wait(self._running, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
        for future in [each for each in self._running if each.done()]:
            cell, place = self._running.pop(future)
            self._placement.give_back(place)
            self._claims.give_back(cell.key)
            if error := future.exception():  # such as a store that no longer answers; the other cells go on
                outcome = Outcome(cell, "failed", None, 0.0, f"{type(error).__name__}: {error}", self._saved(cell))
            else:
                outcome = future.result()
            if outcome.is_success and outcome.run_id:
                self._run_ids[cell.key] = outcome.run_id
            else:
                self._has_failed = True
            yield outcome

    def _without_start(self, cell: Cell) -> Outcome | None:
        """The outcome of a cell that is not to be started; None for others."""
        if self._has_failed and self._conditions.fail_fast:
            return Outcome(cell, "left out", None, 0.0, "An earlier cell failed.", self._saved(cell))
        missing = [source for source in cell.sources.values() if source.key not in self._run_ids]
        if not missing:
            return None
        error = f"It builds on '{missing[0].name}', which is not done."
        run_id = self._open_run(cell)
        tracking.close_run(run_id, "blocked", error, [])
        return Outcome(cell, "blocked", run_id, 0.0, error, self._saved(cell))

    def _is_started(self, cell: Cell, pool: ThreadPoolExecutor) -> bool:
        """Whether there was a place for the cell, and no other runner is at it."""
        place = self._placement.take(cell.gpus)
        if place is None:
            return False
        if not self._claims.take(cell.key):
            self._placement.give_back(place)
            return False
        self._running[pool.submit(self._execute, cell, place)] = (cell, place)
        return True

    def _saved(self, cell: Cell) -> Path:
        return self._folder / f"{cell.key}.ipynb"

    def _open_run(self, cell: Cell) -> str:
        fingerprint = self._fingerprints[cell.key]
        tags = {"key": fingerprint.key, "fingerprint": fingerprint.as_json()}
        tags |= {"threads": str(self._placement.threads), "gpus": f"{cell.gpus:g}"}
        return tracking.open_run(self._experiment_id, cell.name, cell.notebook.stem, cell.key, cell.stated, **tags)

    def _execute(self, cell: Cell, place: Place) -> Outcome:
        """In a thread: execute a cell, unless another runner has done it since the states were read."""
        if not self._conditions.force:
            key = self._fingerprints[cell.key].key
            if done := tracking.experiment_runs(self._experiment, key=key, status="done"):
                return Outcome(cell, "done before", done[0].info.run_id, 0.0, None, self._saved(cell))
        return self._executed(cell, place)

    def _executed(self, cell: Cell, place: Place) -> Outcome:
        run_id = self._open_run(cell)
        saved = self._saved(cell)
        parameters = {**cell.parameters, **{name: self._run_ids[each.key] for name, each in cell.sources.items()}}
        started = time.monotonic()
        try:
            status, error = run_notebook(
                cell.notebook,
                parameters,
                saved,
                run_id,
                lambda *at: self._listen(cell, *at),
                environment=place.environment,
                timeout=cell.timeout or self._conditions.timeout,
                cell_timeout=cell.cell_timeout,
                warm=self._kernels.address(cell.notebook),
                stop=self._stop,
            )
        except OSError as problem:
            status, error = "failed", f"The notebook could not be run: {problem}"
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
    sign(saved, status=status, error=error, run_id=run_id)
    return [saved, render_notebook(saved, saved.with_suffix(".html"))]
