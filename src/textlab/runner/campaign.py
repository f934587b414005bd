"""The work of the batch command: plan a grid, execute the due cells, and write the report."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from textlab import record
from textlab.paths import REPORTS
from textlab.record.copies.background import copying
from textlab.record.copies.weights_and_biases import chosen_mode
from textlab.runner.due.background import fingerprints_in_background
from textlab.runner.due.elsewhere import mark_done_elsewhere
from textlab.runner.due.fingerprint import Fingerprint
from textlab.runner.due.outcome import CellStatus, Outcome
from textlab.runner.due.state import CellState, cell_states
from textlab.runner.grid_gauges import grid_gauges
from textlab.runner.options import Options
from textlab.runner.planning.cell import Cell
from textlab.runner.planning.grid import Grid
from textlab.runner.planning.grid_decision import check_decision
from textlab.runner.planning.grid_file import read_grid
from textlab.runner.planning.grid_task import task_of
from textlab.runner.planning.plan import Plan, plan, read_setting
from textlab.runner.reporting import Report, comparison, write_report

if TYPE_CHECKING:
    from textlab.runner.executing.cluster import Cluster


class Display(Protocol):
    """Shows the user what is happening."""

    def executing(self, campaign: "Campaign", jobs: int) -> AbstractContextManager["Progress"]:
        """Return a context in which the cells are executed."""

    def reporting(self) -> AbstractContextManager[object]:
        """Return a context in which the pages of the report are written."""


class Progress(Protocol):
    """Shows the progress of the cells."""

    def start_code_cell(self, cell: Cell, number: int, count: int, bar: float | None = None) -> None:
        """Show that code cell `number` of `count` begins, or that its bar moves. Any thread may call this."""

    def end_cell(self, outcome: Outcome) -> None:
        """Show that a cell has ended."""


@dataclass(frozen=True)
class Campaign:
    """A grid that was planned and compared with the record before anything starts.

    Attributes:
        plan: the chosen cells and searches.
        full_plan: the cells and searches of the whole grid, which the report covers.
        states: the state of every cell and of every search's base, by `Cell.key`.
        runs: the grid's runs so far, newest first.
        comparison: the fingerprint of the comparison notebook.
    """

    grid: Grid
    plan: Plan
    full_plan: Plan
    states: dict[str, CellState]
    runs: Sequence[record.Run]
    comparison: Fingerprint


@dataclass(frozen=True)
class Result:
    """The result of a campaign.

    Attributes:
        outcomes: the outcomes of the chosen cells and the trials, in the order in which they ended.
        seconds: duration of the whole campaign, including the report.
    """

    outcomes: Sequence[Outcome]
    report: Report
    seconds: float

    @property
    def failures(self) -> list[Outcome]:
        """The cells that are not done."""
        return [outcome for outcome in self.outcomes if not outcome.is_success]

    @property
    def done_before(self) -> int:
        """The number of cells that were done before."""
        return sum(outcome.status is CellStatus.DONE_BEFORE for outcome in self.outcomes)

    @property
    def is_success(self) -> bool:
        """Whether every cell is done and the report is complete."""
        return not self.failures and self.report.is_complete


def prepare(path: Path, options: Options) -> Campaign:
    """Read a grid file of one dataset, and prepare its grid as `prepare_grid` does."""
    return prepare_grid(read_grid(path), options)


def prepare_grid(grid: Grid, options: Options) -> Campaign:
    """Plan a grid, and determine which cells are due. Nothing starts and nothing is written.

    Raises:
        ValueError, FileNotFoundError, ConnectionError: an option, a notebook, a dataset or the MLflow store is not as
            it must be.
    """
    from textlab.data.spec import resolve

    options.check()
    chosen_mode()  # raises if TEXTLAB_WANDB is misspelt
    full_plan = plan(grid)
    chosen = plan(grid, options.only, dict(map(read_setting, options.settings)))
    for name in sorted(chosen.datasets):
        resolve(name, {})  # raises if there is no such dataset
    # The report covers earlier trials too, except those on other datasets, which need not be available.
    searches = [each for each in full_plan.searches if each.base.parameters.get("dataset") in {*chosen.datasets, None}]
    full_plan = Plan(full_plan.cells, searches)
    cells = Plan(chosen.cells, [*chosen.searches, *searches]).all_cells
    compared = comparison(grid)
    with fingerprints_in_background([*cells, compared]) as wait_for_fingerprints:
        runs = record.runs_so_far(grid.name)  # imports MLflow, which takes as long as the fingerprints
        fingerprints = wait_for_fingerprints()
    check_decision(grid, chosen.datasets)
    force = {cell.key for cell in chosen.cells} if options.force else ()
    states = cell_states(cells, fingerprints, runs, force=force, retry_failed=options.retry_failed)
    mark_done_elsewhere(states.values(), grid.name, force)
    return Campaign(grid, chosen, full_plan, states, runs, fingerprints[compared.key])


def execute(campaign: Campaign, options: Options, display: Display) -> Result:
    """Execute the due cells, and write the report.

    Raises:
        ValueError: the cluster cannot be joined.
    """
    grid, started = campaign.grid, time.monotonic()
    with (
        record.grid_run(
            grid.name,
            dataset=grid.dataset,
            primary_metric=grid.primary_metric,
            secondary_metrics=task_of(grid).secondary_metrics,
        ) as grid_run_id,
        copying() as copies,
    ):
        outcomes = []
        planned = [cell.key for cell in campaign.plan.cells]
        metrics = (grid.primary_metric, *task_of(grid).secondary_metrics)
        with grid_gauges(grid.name, planned, metrics, REPORTS / "metrics" / f"{grid.name}.prom") as gauges:
            for outcome in _execute_cells(campaign, options, display):
                outcomes.append(outcome)
                gauges.add(outcome)
                if outcome.is_success:
                    copies.add(outcome.run_id)
        run_ids = {outcome.cell.key: outcome.run_id for outcome in outcomes}
        keys = _reported_keys(campaign, run_ids)
        report = write_report(
            grid,
            lambda: record.runs(grid.name, keys, run_ids),
            grid_run_id,
            campaign.comparison,
            display.reporting,
        )
    return Result(outcomes, report, time.monotonic() - started)


def _execute_cells(campaign: Campaign, options: Options, display: Display) -> Iterator[Outcome]:
    """Execute the chosen cells and searches, and yield each outcome once it is displayed."""
    from textlab.runner.executing.execution import Execution
    from textlab.runner.executing.options import ExecutionOptions
    from textlab.runner.executing.placement import default_jobs, visible_gpus

    cluster = _cluster(options)
    # The number of jobs sets the threads per notebook, which affect a network's results. So it must not depend on how
    # many cells are due.
    jobs = options.jobs or (cluster.cores if cluster else default_jobs())
    execution_options = ExecutionOptions(
        jobs=jobs,
        gpus=() if cluster else visible_gpus(),
        timeout=options.timeout,
        fail_fast=options.fail_fast,
        force=options.force,
        retry_failed=options.retry_failed,
        warm=options.warm,
    )
    grid, cells, searches = campaign.grid.name, campaign.plan.cells, campaign.plan.searches
    with display.executing(campaign, jobs) as progress:
        folder, listen = REPORTS / grid / "runs", progress.start_code_cell
        execution = Execution(grid, folder, campaign.states, execution_options, listen, cluster)
        with contextlib.closing(execution.outcomes(cells, searches)) as outcomes:
            for outcome in outcomes:
                progress.end_cell(outcome)
                yield outcome


def _cluster(options: Options) -> "Cluster | None":
    if options.executor == "local":
        return None
    from textlab.runner.executing.cluster import Cluster

    return Cluster(options.address)


def _reported_keys(campaign: Campaign, run_ids: Mapping[str, str | None]) -> list[str]:
    """Return the keys of the cells that the report covers: the whole grid, the chosen cells, and all trials.

    Trials are sorted by key, not by the time when they ended, so that the same runs give the same report.
    """
    from textlab.runner.executing.study import recorded_trials, study_name

    planned = [cell.key for cell in [*campaign.full_plan.cells, *campaign.plan.cells]]
    trials = set(run_ids)
    for search in campaign.full_plan.searches:
        study = study_name(campaign.grid.name, search, campaign.states[search.base.key].fingerprint)
        trials |= {run.cell for run in recorded_trials(study, campaign.runs)}
    return list(dict.fromkeys([*planned, *sorted(trials)]))
