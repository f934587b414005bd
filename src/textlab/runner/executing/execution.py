"""Execute the cells of a plan, several at once, on this machine or a cluster; the verdict is the runner's own."""

import contextlib
import functools
import math
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textlab import record
from textlab.record import Status
from textlab.runner.display.rendering import render_notebook
from textlab.runner.due.fingerprint import Fingerprint, with_parameters_of
from textlab.runner.due.state import State, states
from textlab.runner.executing.claim import Claims, close_abandoned
from textlab.runner.executing.memory import GIGABYTE
from textlab.runner.executing.placement import JOB_MEMORY, Place, Placement, thread_variables
from textlab.runner.executing.process import Verdict, run_notebook, sign
from textlab.runner.executing.search import Study, study_name
from textlab.runner.kernels.warm_kernels import WarmKernels
from textlab.runner.planning.plan import Cell, Search

if TYPE_CHECKING:
    from textlab.runner.executing.cluster import Cluster

ATTEMPTS = 4  # at a notebook whose machine is lost
LOOK_SECONDS = 1.0  # how soon it is noticed that another runner is through with a cell, or that memory is free again
Listener = Callable[[Cell, int, int, float | None], None]


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
        retry_failed: whether a trial of a search that failed before is run again.
        warm: whether kernels are forked from a process that has imported the heavy libraries, where that is safe.
    """

    jobs: int = 1
    gpus: Sequence[str] = ()
    timeout: float | None = None
    fail_fast: bool = False
    force: bool = False
    retry_failed: bool = False
    warm: bool = True


class Execution:
    """One pass over the cells of a grid.

    Args:
        experiment: the MLflow experiment that every run belongs to.
        folder: where the executed notebooks and their pages are kept.
        fingerprints, found: of the cells and of those that they build on, by `Cell.key`: what decides their numbers,
            and their states.
        conditions: how.
        listen: told (cell, number of the running code cell, number of code cells, how far a bar in that one is, from 0
            to 1), from any thread.
        cluster: where the notebooks are executed; None for this machine.
    """

    def __init__(
        self,
        experiment: str,
        folder: Path,
        fingerprints: Mapping[str, Fingerprint],
        found: Mapping[str, State],
        conditions: Conditions,
        listen: Listener = lambda *_: None,
        cluster: "Cluster | None" = None,
    ) -> None:
        self._experiment, self._folder, self._conditions, self._listen = experiment, folder, conditions, listen
        self._fingerprints, self._states = dict(fingerprints), dict(found)
        self._experiment_id = record.prepare_store(experiment)
        folder.mkdir(parents=True, exist_ok=True)
        self._claims = Claims(experiment)
        self._placement = Placement(conditions.jobs, conditions.gpus, cluster.cores if cluster else None)
        self._cluster = cluster
        self._stop = threading.Event()
        self._run_ids = {key: state.run_id for key, state in found.items() if state.kind == "done" and state.run_id}
        self._running: dict[Future[Outcome], tuple[Cell, Place]] = {}
        self._ended: dict[str, Outcome] = {}
        self._trials: dict[str, Study] = {}  # by the key of the cell
        self._has_failed = False

    def outcomes(self, cells: Sequence[Cell], searches: Sequence[Search] = ()) -> Generator[Outcome]:
        """Execute what is due of `cells` and of the trials of `searches`, and yield an outcome for each cell.

        The arguments are as `plan` and `plan_searches` give them; states and fingerprints hold those of the searches'
        `base` as well.
        """
        close_abandoned(self._experiment, self._folder, self._claims)
        studies = [self._study(search) for search in searches]
        with contextlib.closing(self._outcomes(cells, studies)) as ended:
            for outcome in ended:
                self._ended[outcome.cell.key] = outcome
                for study in studies:
                    study.told(outcome)
                yield outcome
        for study in studies:
            study.close()

    def _study(self, search: Search) -> Study:
        name = study_name(self._experiment, search, self._fingerprints[search.base.key])
        return Study(name, self._experiment_id, search, self._conditions.jobs)

    def _outcomes(self, cells: Sequence[Cell], studies: Sequence[Study]) -> Generator[Outcome]:
        """Execute what is due, going on after a failure, and yield an outcome for each cell.

        What has been done is not repeated, also where another runner does it at the same time. Of the cells that can
        be started, the one that took longest before goes first; one that is new goes before all.
        """
        yield from (self._settled(cell) for cell in cells if self._states[cell.key].kind != "due")
        due = {cell.key: cell for cell in cells if self._states[cell.key].kind == "due"}
        order = TopologicalSorter({key: cell.source_keys & due.keys() for key, cell in due.items()})
        order.prepare()
        ready: list[Cell] = []
        known = {cell.key for cell in cells}
        yield from self._join_trials(studies, known, ready)
        warmed = {cell.notebook for cell in [*due.values(), *ready]}
        warmed |= {study.search.base.notebook for study in studies if not study.is_over}
        is_warm = self._conditions.warm and self._cluster is None
        self._kernels = WarmKernels(sorted(warmed) if is_warm else (), thread_variables(self._placement.threads))
        with self._kernels, ThreadPoolExecutor(self._conditions.jobs) as pool:
            try:
                while order.is_active() or not all(study.is_over for study in studies):
                    ready += (due[key] for key in order.get_ready())
                    yield from self._join_trials(studies, known, ready)
                    ready.sort(key=self._urgency)
                    for outcome in self._advance(ready, pool):
                        if outcome.cell.key in due:
                            order.done(outcome.cell.key)
                        yield outcome
            finally:
                self._stop.set()  # the threads end their notebooks and close their runs before the pool is left

    def _join_trials(self, studies: Sequence[Study], known: set[str], ready: list[Cell]) -> Iterator[Outcome]:
        """Add the trials that can begin now to `ready`, and give the outcomes of those that need not be started.

        Args:
            known: the keys of all cells so far; a trial that is one of them is not begun twice.
        """
        while new := [
            (study, cell) for study in studies if self._may_begin(study, known) for cell in study.next_cells()
        ]:
            for study, cell in new:
                if cell.key in self._ended:
                    study.told(self._ended[cell.key])
                elif cell.key not in known:
                    known.add(cell.key)
                    self._learn(cell, study)
                    if self._states[cell.key].kind == "due":
                        ready.append(cell)
                    else:
                        yield self._settled(cell)

    def _may_begin(self, study: Study, known: set[str]) -> bool:
        """Whether all cells of the grid that the trials build on have ended."""
        return not (study.search.base.source_keys & known) - self._ended.keys()

    def _learn(self, trial: Cell, study: Study) -> None:
        """Read what is known of a trial, which nobody has planned."""
        self._trials[trial.key] = study
        self._fingerprints[trial.key] = with_parameters_of(trial, self._fingerprints[study.search.base.key])
        self._states |= states(
            [trial],
            self._fingerprints,
            record.all_runs(self._experiment, cell=trial.key),
            force={trial.key} if self._conditions.force else (),
            retry_failed=self._conditions.retry_failed,
        )
        state = self._states[trial.key]
        if state.kind == "done" and state.run_id:
            self._run_ids[trial.key] = state.run_id

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
        record.close_run(run_id, Status.BLOCKED, error)
        return Outcome(cell, "blocked", run_id, 0.0, error, self._saved(cell))

    def _is_started(self, cell: Cell, pool: ThreadPoolExecutor) -> bool:
        """Whether there was a place for the cell, and no other runner is at it."""
        place = self._placement.take(cell.gpus, self._states[cell.key].memory or JOB_MEMORY)
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
        study = self._trials.get(cell.key)
        return record.open_run(
            self._experiment_id,
            cell.name,
            cell.notebook.stem,
            cell.key,
            cell.stated,
            study.run_id if study else None,
            key=fingerprint.key,
            fingerprint=fingerprint.as_json(),
            threads=self._placement.threads,
            gpus=cell.gpus,
            study=study.name if study else None,
        )

    def _execute(self, cell: Cell, place: Place) -> Outcome:
        """In a thread: execute a cell, unless another runner has done it since the states were read."""
        if not self._conditions.force:
            key = self._fingerprints[cell.key].key
            if done := record.all_runs(self._experiment, key=key, status=Status.DONE):
                return Outcome(cell, "done before", done[0].id, 0.0, None, self._saved(cell))
        return self._executed(cell, place)

    def _executed(self, cell: Cell, place: Place) -> Outcome:
        """In a thread: execute a cell; where its machine is lost, again, in another MLflow run."""
        saved = self._saved(cell)
        for attempts_left in reversed(range(ATTEMPTS)):
            run_id = self._open_run(cell)
            started = time.monotonic()
            try:
                verdict = self._run(cell, place, run_id)
            except OSError as problem:
                verdict = Verdict("failed", f"The notebook could not be run: {problem}")
            seconds = time.monotonic() - started
            status, error = self._closed(run_id, saved, verdict, seconds)
            if not (verdict.is_lost and attempts_left):
                break
        return Outcome(cell, status, run_id, seconds, error, saved)

    def _run(self, cell: Cell, place: Place, run_id: str) -> Verdict:
        """Execute the notebook of a cell, here or on the cluster."""
        parameters = {**cell.parameters, **{name: self._run_ids[each.key] for name, each in cell.sources.items()}}
        listen = functools.partial(self._listen, cell)
        settings: dict[str, Any] = {
            "environment": place.environment,
            "timeout": cell.timeout or self._conditions.timeout,
            "cell_timeout": cell.cell_timeout,
            "memory": cell.memory * GIGABYTE if cell.memory else None,
            "stop": self._stop,
        }
        if self._cluster is None:
            settings["warm"] = self._kernels.address(cell.notebook)
            return run_notebook(cell.notebook, parameters, self._saved(cell), run_id, listen, **settings)
        settings |= {"threads": place.threads, "gpus": cell.gpus, "expected_memory": place.memory}
        return self._cluster.run_notebook(cell.notebook, parameters, self._saved(cell), run_id, listen, **settings)

    def _closed(self, run_id: str, saved: Path, verdict: Verdict, seconds: float) -> tuple[str, str | None]:
        """Write the verdict into the notebook and into the record; give status and error as they stand there."""
        try:
            files = _finished_files(saved, verdict.status, verdict.error, run_id)
            record.close_run(run_id, verdict.status, verdict.error, files, seconds=seconds, memory=verdict.memory)
            return verdict.status, verdict.error
        except OSError as problem:
            error = f"The executed notebook could not be kept: {problem}"
            with contextlib.suppress(OSError):
                sign(saved, status="failed", error=error, run_id=run_id)
            record.close_run(run_id, Status.FAILED, error, seconds=seconds, memory=verdict.memory)
            return "failed", error


def _finished_files(saved: Path, status: str, error: str | None, run_id: str) -> list[Path]:
    """The executed notebook, signed, and its page; none where no notebook was saved."""
    if not saved.exists():
        return []
    sign(saved, status=status, error=error, run_id=run_id)
    return [saved, render_notebook(saved, saved.with_suffix(".html"))]
