"""The batch command: `python run_experiments.py [GRID]`."""

import atexit
import contextlib
import gc
import json
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.log import configure_logging
from textlab.paths import EXPERIMENTS, REPORTS, shown

if TYPE_CHECKING:
    from textlab.record import Run
    from textlab.runner.due.fingerprint import Fingerprint
    from textlab.runner.due.state import State
    from textlab.runner.executing.cluster import Cluster
    from textlab.runner.executing.execution import Outcome
    from textlab.runner.planning.grid import Grid
    from textlab.runner.planning.plan import Cell, Search

HELP = """Run every cell of a grid file as a notebook, log each to MLflow, and write the report.

What has been done with the same notebook, parameters, data, modules and library versions is not repeated: the same \
command goes on where an interrupted one stopped. A cell that fails does not stop the others; its notebook is kept, \
and it is run again when something of it has changed, or with --retry-failed. The exit code is 0 only if all are done.
"""
EPILOG = """Examples:

python run_experiments.py  (the default grid, experiments/demo.yaml; needs no data and no network)

python run_experiments.py experiments/tweet_eval.yaml --only 10_logistic_regression

python run_experiments.py --set seed=3 --set "features=\\[word, word_char]" --dry-run

python run_experiments.py experiments/tweet_eval.yaml --jobs 4 --timeout 3600

python run_experiments.py --list
"""
COMPARE = "80_compare"
EXECUTORS = ("local", "ray")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=HELP, epilog=EPILOG)
def run(
    grid: Annotated[Path, typer.Argument(help="The grid file.")] = EXPERIMENTS / "demo.yaml",
    only: Annotated[str | None, typer.Option(help="Only this notebook; a pattern such as '2*' works too.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Overrule a parameter, in every cell.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show each cell: done, or due and why. Start nothing.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show grids, notebooks and their parameters.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(help="Notebooks at once; they share the cores. By default as many as cores and memory allow."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds that a notebook may take, where the grid file states none.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run again what is done.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run again what failed.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="After a failure start nothing more.")] = False,
    executor: Annotated[str, typer.Option(help="Where notebooks run: local, or ray for a Ray cluster.")] = "local",
    address: Annotated[
        str | None, typer.Option(help="host:port of the Ray cluster's head. By default this machine alone.")
    ] = None,
    plain_kernels: Annotated[
        bool, typer.Option("--plain-kernels", help="Start each kernel anew; do not fork it from a warm process.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say more, and show tracebacks.")] = False,
) -> None:
    """Run a grid; `python run_experiments.py --help` says it for people."""
    gc.disable()  # what imports make stays: looking through it again and again is a third of what a finished grid takes
    atexit.register(gc.freeze)  # nor at the end
    configure_logging(verbose)
    console = Console(highlight=False)
    for polite_end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(polite_end, _interrupt)
    try:
        from textlab.runner.display.tables import catalogue

        if list_:
            for table in catalogue():
                console.print(table)
        else:
            options = Options(jobs, timeout, force, retry_failed, fail_fast, not plain_kernels, executor, address)
            raise typer.Exit(_run(console, grid, only, set_ or [], options, dry_run))
    except (ValueError, OSError) as error:
        if verbose:
            raise
        Console(stderr=True, highlight=False).print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        console.print("[yellow]Interrupted: what had finished is in MLflow. The same command goes on.[/yellow]")
        raise typer.Exit(130) from None


def _interrupt(*_: object) -> None:
    """A polite end by signal is treated like Ctrl-C, so that kernels end and the run is closed."""
    raise KeyboardInterrupt


@dataclass(frozen=True)
class Options:
    """What the command line says of how to run; None where it does not."""

    jobs: int | None
    timeout: float | None
    force: bool
    retry_failed: bool
    fail_fast: bool
    warm: bool
    executor: str
    address: str | None

    def check(self) -> None:
        """Raise ValueError where a number makes no sense."""
        if self.jobs is not None and self.jobs < 1:
            raise ValueError(f"--jobs is {self.jobs}; it must be at least 1. Leave it out for one that fits.")
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"--timeout is {self.timeout:g}; it must be positive. Leave it out for no limit.")
        if self.executor not in EXECUTORS:
            raise ValueError(f"Unknown executor '{self.executor}'. Available: {', '.join(EXECUTORS)}.")
        if self.address is not None and self.executor != "ray":
            raise ValueError(f"--address {self.address} is that of a Ray cluster: state --executor ray as well.")


def _run(console: Console, path: Path, only: str | None, settings: list[str], options: Options, dry_run: bool) -> int:
    """Plan, execute, report; return the exit code."""
    from textlab import record
    from textlab.data.spec import resolve
    from textlab.runner.display.tables import plan_table, search_table
    from textlab.runner.due.fingerprint import fingerprints_beside
    from textlab.runner.due.state import states
    from textlab.runner.executing.search import recorded_trials, study_name
    from textlab.runner.planning.grid import read_grid
    from textlab.runner.planning.notebook import notebook_path
    from textlab.runner.planning.plan import Cell, ancestors, plan, plan_searches, read_setting

    options.check()
    grid = read_grid(path)
    whole = plan(grid)
    overruled = dict(read_setting(setting) for setting in settings)
    chosen, searches = plan(grid, only, overruled), plan_searches(grid, only, overruled)
    wanted = [*chosen, *(search.base for search in searches)]
    datasets = {str(cell.parameters["dataset"]) for cell in wanted if "dataset" in cell.parameters}
    for name in sorted(datasets):
        resolve(name, {})
    # What they tried before stands beside what is run now; no other data are fetched for that.
    earlier = [each for each in plan_searches(grid) if each.base.parameters.get("dataset") in {*datasets, None}]
    wanted += [search.base for search in earlier]
    concerned = list({each.key: each for cell in wanted for each in (*ancestors(cell), cell)}.values())
    comparing = Cell(notebook_path(COMPARE), {}, {})
    with fingerprints_beside([*concerned, comparing]) as prints_of_all:
        recorded = record.runs_so_far(grid.name)  # MLflow takes as long to import as all else
        prints = prints_of_all()
    found = states(
        concerned,
        prints,
        recorded,
        force={cell.key for cell in chosen} if options.force else (),
        retry_failed=options.retry_failed,
    )
    if dry_run:
        console.print(plan_table(chosen, found))
        if searches:
            console.print(search_table(grid.name, searches, prints, recorded))
        return 0
    gc.freeze()
    gc.enable()
    with record.grid_run(grid.name, dataset=grid.dataset, primary_metric=grid.primary_metric) as grid_run_id:
        outcomes, seconds = _execute(console, grid.name, chosen, searches, prints, found, options)
        run_ids = {outcome.cell.key: outcome.run_id for outcome in outcomes}
        studies = [study_name(grid.name, search, prints[search.base.key]) for search in earlier]
        tried = {run.cell for study in studies for run in recorded_trials(study, recorded)}
        # Trials in an order that is the same again, whichever ended first: the report of the same runs is not due.
        keys = list(dict.fromkeys([*(cell.key for cell in [*whole, *chosen]), *sorted({*tried, *run_ids})]))
        compared = _report(console, grid, keys, run_ids, grid_run_id, prints[comparing.key])
    failures = [outcome for outcome in outcomes if not outcome.is_success]
    before = sum(outcome.status == "done before" for outcome in outcomes)
    told = f", {before} of them before" if before else ""
    console.print(f"{len(outcomes) - len(failures)} of {len(outcomes)} cells done{told}; this took {seconds:.0f} s.")
    for outcome in failures:
        kept = f" - see {shown(outcome.notebook)}" if outcome.notebook.exists() else ""
        line = f"[red]{outcome.status}[/red] {escape(outcome.cell.name)}: {escape(outcome.error or '')}{kept}"
        console.print(line, soft_wrap=True)
    if any(outcome.status == "failed before" for outcome in failures):
        console.print("What failed before is not run again while nothing of it has changed: --retry-failed does.")
    if compared:
        console.print(f"Report           {shown(REPORTS / grid.name / 'comparison.html')}")
        console.print(f"Slides           {shown(REPORTS / grid.name / 'slides.html')}")
    console.print(f"Leaderboard      {shown(REPORTS / grid.name / 'leaderboard.csv')}")
    console.print(f"MLflow store     {record.tracking_uri()}", soft_wrap=True)
    console.print("Next             make ui (runs and artifacts in MLflow), make lab (the notebooks)", soft_wrap=True)
    return 0 if not failures and compared else 1


def _execute(
    console: Console,
    experiment: str,
    cells: "list[Cell]",
    searches: "list[Search]",
    prints: "Mapping[str, Fingerprint]",
    found: "Mapping[str, State]",
    options: Options,
) -> "tuple[list[Outcome], float]":
    """Run the cells with a live display; return their outcomes and the seconds that it took."""
    from textlab.runner.display.progress import Progress
    from textlab.runner.executing.execution import Conditions, Execution
    from textlab.runner.executing.placement import default_jobs, visible_gpus

    cluster = _cluster(options)
    # Not fewer where fewer are due: what a network learns depends on its number of threads, and so on this number.
    jobs = options.jobs or (cluster.cores if cluster else default_jobs())
    conditions = Conditions(
        jobs=jobs,
        gpus=() if cluster else visible_gpus(),
        timeout=options.timeout,
        fail_fast=options.fail_fast,
        force=options.force,
        retry_failed=options.retry_failed,
        warm=options.warm,
    )
    expected = {cell.key: seconds for cell in cells if (seconds := found[cell.key].seconds) is not None}
    started = time.monotonic()
    outcomes = []
    with Progress(cells, console, expected, jobs, sum(search.trials for search in searches)) as progress:
        folder = REPORTS / experiment / "runs"
        execution = Execution(experiment, folder, prints, found, conditions, progress.code_cell, cluster)
        with contextlib.closing(execution.outcomes(cells, searches)) as ended:
            for outcome in ended:
                progress.finished(outcome)
                outcomes.append(outcome)
    return outcomes, time.monotonic() - started


def _cluster(options: Options) -> "Cluster | None":
    if options.executor == "local":
        return None
    from textlab.runner.executing.cluster import Cluster

    return Cluster(options.address)


def _report(
    console: Console,
    grid: "Grid",
    keys: list[str],
    run_ids: Mapping[str, str | None],
    grid_run_id: str,
    fingerprint: "Fingerprint",
) -> bool:
    """Write the pages of the grid's runs and leaderboard.csv, and print the table; return success.

    Of a cell it is the run in `run_ids`, else its newest. The comparing notebook, which the fingerprint is of, logs
    what it finds to the runs, and the leaderboard is read from there. Pages of the same runs by the same code are left
    as they are.
    """
    from textlab import record
    from textlab.report.leaderboard import leaderboard, write_table
    from textlab.runner.display.tables import leaderboard_table

    folder = REPORTS / grid.name
    runs = record.runs(grid.name, keys, run_ids)
    is_compared = _pages(console, grid, runs, grid_run_id, fingerprint)
    table = leaderboard(record.runs(grid.name, keys, run_ids), grid.primary_metric)
    write_table(table, folder / "leaderboard.csv")
    record.log_files(grid_run_id, [folder / "leaderboard.csv"], "tables")
    console.print(leaderboard_table(table, grid.primary_metric))
    return is_compared


def _pages(console: Console, grid: "Grid", runs: "list[Run]", grid_run_id: str, fingerprint: "Fingerprint") -> bool:
    """Execute the comparing notebook and write its pages, where that has not been done; return success."""
    from textlab.report.leaderboard import digests_by_runs
    from textlab.runner.due.fingerprint import with_parameters_of
    from textlab.runner.planning.notebook import notebook_path
    from textlab.runner.planning.plan import Cell

    folder = REPORTS / grid.name
    folder.mkdir(parents=True, exist_ok=True)
    page, executed = folder / "comparison.html", folder / "comparison.ipynb"
    parameters = {
        "experiment": grid.name,
        "run_ids": [run.id for run in runs],
        "primary_metric": grid.primary_metric,
    }
    cell = Cell(notebook_path(COMPARE), parameters, {})
    key = with_parameters_of(cell, fingerprint).key
    if page.exists() and _verdict(executed) == {"status": "done", "key": key}:
        return True
    for older in (page, folder / "slides.html"):
        older.unlink(missing_ok=True)  # must not be taken for these runs'
    if not digests_by_runs(runs):
        console.print("No run has logged a model, so there is no report.")
        return False
    from textlab.report.pages import write_pages
    from textlab.report.recording import record_pages
    from textlab.runner.executing.process import run_notebook, sign

    with console.status("Writing the report"):
        verdict = run_notebook(cell.notebook, parameters, executed, None)
        if verdict.status == "done":
            record_pages(grid_run_id, write_pages(executed, folder, grid.name))
            sign(executed, status=verdict.status, key=key)
    if verdict.error:
        told = f"[red]The report {verdict.status}[/red]: {escape(verdict.error)} - see {shown(executed)}"
        console.print(told, soft_wrap=True)
    return verdict.status == "done"


def _verdict(executed: Path) -> object:
    """What `sign` wrote into the executed notebook; None where there is none."""
    if not executed.exists():
        return None
    return json.loads(executed.read_text(encoding="utf-8"))["metadata"].get("textlab")
