"""The batch command: `python run_experiments.py [GRID]`."""

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.log import configure_logging
from textlab.paths import EXPERIMENTS, REPORTS, shown

if TYPE_CHECKING:
    from textlab.runner.execution import Outcome
    from textlab.runner.grid import Grid
    from textlab.runner.plan import Cell

HELP = """Run every cell of a grid file as a notebook, log each to MLflow, and write the report.

A cell that fails does not stop the others; its notebook is kept. The exit code is 0 only if all succeeded.
"""
EPILOG = """Examples:

python run_experiments.py  (the default grid, experiments/demo.yaml; needs no data and no network)

python run_experiments.py experiments/tweet_eval.yaml --only 10_logistic_regression

python run_experiments.py --set seed=3 --set "features=[word, word_char]" --dry-run

python run_experiments.py --list
"""
COMPARE = "80_compare"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=HELP, epilog=EPILOG)
def run(
    grid: Annotated[Path, typer.Argument(help="The grid file.")] = EXPERIMENTS / "demo.yaml",
    only: Annotated[str | None, typer.Option(help="Only this notebook; a pattern such as '2*' works too.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Overrule a parameter, in every cell.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the cells; start nothing.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show grids, notebooks and their parameters.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say more, and show tracebacks.")] = False,
) -> None:
    """Run a grid; `python run_experiments.py --help` says it for people."""
    configure_logging(verbose)
    console = Console(highlight=False)
    for polite_end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(polite_end, _interrupt)
    try:
        from textlab.runner.tables import catalogue

        if list_:
            for table in catalogue():
                console.print(table)
        else:
            raise typer.Exit(_run(console, grid, only, set_ or [], dry_run))
    except (ValueError, OSError) as error:
        if verbose:
            raise
        Console(stderr=True, highlight=False).print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        console.print("[yellow]Interrupted: what had finished is in MLflow.[/yellow]")
        raise typer.Exit(130) from None


def _interrupt(*_: object) -> None:
    """A polite end by signal is treated like Ctrl-C, so that kernels end and the run is closed."""
    raise KeyboardInterrupt


def _run(console: Console, path: Path, only: str | None, settings: list[str], dry_run: bool) -> int:
    """Plan, execute, report; return the exit code."""
    from textlab import tracking
    from textlab.data.spec import resolve
    from textlab.runner.grid import read_grid
    from textlab.runner.plan import plan, read_setting
    from textlab.runner.tables import plan_table

    grid = read_grid(path)
    whole = plan(grid)
    chosen = plan(grid, only, dict(read_setting(setting) for setting in settings))
    for name in sorted({str(cell.parameters["dataset"]) for cell in chosen if "dataset" in cell.parameters}):
        resolve(name, {})
    if dry_run:
        console.print(plan_table(chosen))
        return 0
    outcomes, seconds = _execute(console, grid.name, chosen)
    compared = _report(console, grid, list(dict.fromkeys(cell.key for cell in [*whole, *chosen])))
    failures = [outcome for outcome in outcomes if outcome.status != "done"]
    console.print(f"{len(outcomes) - len(failures)} of {len(outcomes)} cells done in {seconds:.0f} s.")
    for outcome in failures:
        kept = f" - see {shown(outcome.notebook)}" if outcome.notebook.exists() else ""
        told = f"[red]{outcome.status}[/red] {escape(outcome.cell.name)}: {escape(outcome.error or '')}{kept}"
        console.print(told, soft_wrap=True)
    if compared:
        console.print(f"Report           {shown(REPORTS / grid.name / 'comparison.html')}")
    console.print(f"Leaderboard      {shown(REPORTS / grid.name / 'leaderboard.csv')}")
    console.print(f"MLflow store     {tracking.tracking_uri()}", soft_wrap=True)
    console.print("Next             make ui (runs and artifacts in MLflow), make lab (the notebooks)", soft_wrap=True)
    return 0 if not failures and compared else 1


def _execute(console: Console, experiment: str, cells: "list[Cell]") -> "tuple[list[Outcome], float]":
    """Run the cells with a live display; return their outcomes and the seconds that it took."""
    from textlab.runner.execution import execute
    from textlab.runner.progress import Progress

    started = time.monotonic()
    outcomes = []
    with Progress(cells, console) as progress:
        for outcome in execute(cells, experiment, REPORTS / experiment / "runs", progress.code_cell):
            progress.finished(outcome)
            outcomes.append(outcome)
    return outcomes, time.monotonic() - started


def _report(console: Console, grid: "Grid", keys: list[str]) -> bool:
    """Write leaderboard.csv and comparison.html of the grid's newest runs and print the table; return success."""
    from textlab import tracking
    from textlab.report import leaderboard, write_table
    from textlab.runner.execution import run_notebook
    from textlab.runner.notebook import notebook_path
    from textlab.runner.rendering import render_notebook
    from textlab.runner.tables import leaderboard_table

    runs = tracking.newest_runs(grid.name, keys)
    table = leaderboard(runs, grid.primary_metric)
    folder = REPORTS / grid.name
    page, executed = folder / "comparison.html", folder / "comparison.ipynb"
    page.unlink(missing_ok=True)  # an older one must not be taken for this leaderboard's
    write_table(table, folder / "leaderboard.csv")
    console.print(leaderboard_table(table, grid.primary_metric))
    if table["rank"].isna().all():
        console.print("No run has logged a model, so there is no report.")
        return False
    parameters = {
        "experiment": grid.name,
        "run_ids": [run.info.run_id for run in runs],
        "primary_metric": grid.primary_metric,
    }
    with console.status("Writing the report"):
        status, error = run_notebook(notebook_path(COMPARE), parameters, executed, None, lambda *_: None)
        if status == "done":
            render_notebook(executed, page, show_code=False)
    if error:
        console.print(f"[red]The report {status}[/red]: {escape(error)} - see {shown(executed)}", soft_wrap=True)
    return status == "done"
