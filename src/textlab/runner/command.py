"""The batch command: `python run_experiments.py [GRID]`."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.log import configure_logging, in_working_folder
from textlab.paths import EXPERIMENTS
from textlab.runner.collection import collection_paused
from textlab.runner.options import Options

HELP = """Run every cell of a grid file as a notebook, log each to MLflow, and write the report.

A cell whose notebook, parameters, data, modules and library versions have not changed is skipped, so the same command \
continues an interrupted grid. A cell that another grid has done is reused. A failed cell does not stop the others. \
Its notebook is kept, and it runs again when something has changed, or with --retry-failed. The exit code is 0 if \
every cell is done, 1 if one is not, 2 after a mistake in the grid file or the options, and 130 after an interruption.

All notebooks of a grid belong to one task, classification or retrieval. The task decides which metrics may rank the \
runs and which notebook writes the report; --list shows it.
"""
EPILOG = """Examples:

python run_experiments.py  (the default grid, experiments/demo.yaml; needs no data and no network)

python run_experiments.py experiments/tweet_eval.yaml --only 10_logistic_regression

python run_experiments.py --set seed=3 --set "features=\\[word, word_char]" --dry-run

python run_experiments.py experiments/tweet_eval.yaml --jobs 4 --timeout 3600

python run_experiments.py experiments/tweet_eval_tasks.yaml --dataset tweet_eval/irony --dataset tweet_eval/emotion

python run_experiments.py --list
"""

PIPED_CHARACTERS = 10_000  # a pipe or a file has no width, so no table is cut

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(help=HELP, epilog=EPILOG)
@in_working_folder
def run(
    grid: Annotated[Path, typer.Argument(help="The grid file.")] = EXPERIMENTS / "demo.yaml",
    only: Annotated[str | None, typer.Option(help="Run only this notebook. A pattern such as '2*' works too.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Override a parameter in every cell.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show each cell: done, or due and why. Start nothing.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List grids, notebooks and their parameters.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            help="Number of notebooks at once. They share the cores. Default: as many as cores and memory allow."
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds after which a notebook is stopped, unless the grid file sets a limit.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run done cells again.")] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run failed cells again.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Start no further cell after a failure.")] = False,
    dataset: Annotated[
        list[str] | None,
        typer.Option(help="Of a grid file with several datasets, run only this one. Repeat it for more."),
    ] = None,
    executor: Annotated[str, typer.Option(help="Where notebooks run: local, or ray for a Ray cluster.")] = "local",
    address: Annotated[
        str | None, typer.Option(help="host:port of the Ray cluster's head. Default: a cluster on this machine.")
    ] = None,
    plain_kernels: Annotated[
        bool, typer.Option("--plain-kernels", help="Start each kernel as a new process instead of forking a warm one.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more, and show tracebacks.")] = False,
) -> None:
    """Run a grid; `HELP` is the text that users see."""
    configure_logging(verbose)
    interrupt_on_signals()
    console = Console(highlight=False, width=console_width())
    try:
        if list_:
            _print_catalogue(console)
        else:
            options = Options(
                only=only,
                settings=tuple(set_ or ()),
                jobs=jobs,
                timeout=timeout,
                force=force,
                retry_failed=retry_failed,
                fail_fast=fail_fast,
                warm=not plain_kernels,
                executor=executor,
                address=address,
            )
            raise typer.Exit(_run(console, grid, dataset or (), options, dry_run))
    except (ValueError, OSError) as error:
        if verbose:
            raise
        Console(stderr=True, highlight=False).print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        console.print("[yellow]Interrupted. Finished cells are in MLflow; the same command continues.[/yellow]")
        raise typer.Exit(130) from None


def _run(console: Console, path: Path, datasets: Sequence[str], options: Options, dry_run: bool) -> int:
    """Run the grid of each dataset or show its plan; return the exit code."""
    with collection_paused():
        from textlab.runner.campaign import execute, prepare_grid
        from textlab.runner.display.terminal import Terminal
        from textlab.runner.planning.grid_file import read_grids, stated_name
        from textlab.runner.several_datasets import chosen_datasets, write_tables

        grids = read_grids(path)
        chosen = chosen_datasets([grid.dataset for grid in grids], datasets, options.settings)
        campaigns = [prepare_grid(grid, options) for grid in grids if grid.dataset in chosen]
    terminal, ended = Terminal(console), []
    for campaign in campaigns:
        if len(grids) > 1:
            terminal.print_dataset(campaign.grid.dataset)
        if dry_run:
            terminal.print_plan(campaign)
            continue
        result = execute(campaign, options, terminal)
        terminal.print_result(campaign, result)
        ended.append((campaign, result))
        if options.fail_fast and not result.is_success:
            break
    if len(ended) > 1:
        terminal.print_table(write_tables(stated_name(path), ended))
    return 0 if all(result.is_success for _, result in ended) else 1


def console_width() -> int | None:
    """The width of the output in characters; None for that of the terminal, or of the variable COLUMNS."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_CHARACTERS


def _print_catalogue(console: Console) -> None:
    from textlab.runner.display.tables import catalogue

    for table in catalogue():
        console.print(table)


def interrupt_on_signals() -> None:
    """Treat SIGTERM and SIGHUP like Ctrl-C, so that kernels end and runs are closed. Ignored signals stay ignored."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, interrupt)
