"""`python -m textlab.record`: open MLflow at a grid's comparison table, or copy runs to another tracker."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from textlab.log import configure_logging, in_working_folder
from textlab.record.copies.tracker import Copied, copy_runs
from textlab.record.copies.weights_and_biases import (
    SWITCH,
    UPLOAD_SECONDS,
    WeightsAndBiases,
    chosen_mode,
    problem,
    shares_texts,
)
from textlab.record.pages import LOCAL_PORT, comparison_page, newest_grid, page_address
from textlab.record.reading import runs
from textlab.record.run import Status
from textlab.record.store import store_exists, tracking_uri

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def record() -> None:
    """Look at the experiments in MLflow, or copy their runs to another tracker."""


@app.command()
@in_working_folder
def ui(
    grid: Annotated[str | None, typer.Argument(help="The grid's name. By default: the grid that ran last.")] = None,
    port: Annotated[int, typer.Option(help="The port on which a local store is served.")] = LOCAL_PORT,
) -> None:
    """Print the link to a grid's runs as a comparison table, and serve MLflow's pages.

    If MLFLOW_TRACKING_URI names a server, the link leads there and nothing is
    started.
    """
    configure_logging()
    try:
        print(_link(grid, port), flush=True)
    except ValueError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(2) from error
    if not tracking_uri().startswith("http"):
        command = ["-m", "mlflow", "ui", "--backend-store-uri", tracking_uri(), "--port", str(port)]
        os.execv(sys.executable, [sys.executable, *command])  # so that Ctrl-C reaches only MLflow


@app.command()
@in_working_folder
def copy(
    grid: Annotated[str | None, typer.Argument(help="The grid's name.")] = None,
    run: Annotated[list[str] | None, typer.Option(help="Copy only the run with this id. Repeat it for more.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace copies, for example after a new report.")] = False,
    seconds: Annotated[float, typer.Option(help="Seconds to wait for the upload of each run.")] = UPLOAD_SECONDS,
) -> None:
    """Copy finished runs to Weights & Biases.

    TEXTLAB_WANDB must be offline or online. Runs that were copied before are
    skipped. Texts are copied only with TEXTLAB_WANDB_TEXTS=true. The exit code is
    1 if a run could not be copied.
    """
    configure_logging()
    failed = False
    try:
        for copied in _copies(grid, run or (), again, seconds):
            failed |= bool(copied.error)
            typer.echo(f"Error: {copied.error}" if copied.error else copied.run_id, err=bool(copied.error))
    except (ValueError, OSError) as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        raise typer.Exit(2) from error
    if failed:
        raise typer.Exit(1)


def _copies(grid: str | None, run_ids: Sequence[str], again: bool, seconds: float) -> Iterator[Copied]:
    """Copy the runs of a grid, or those that are named.

    Raises:
        ValueError, OSError: nothing can be copied.
    """
    mode = chosen_mode()
    if mode is None:
        raise ValueError(f"{SWITCH} is not set. Set it to offline or online.")
    if reason := problem():
        raise ValueError(reason)
    if grid is None and not run_ids:
        raise ValueError("Neither a grid nor a run was named. Give a grid's name, or --run with the id of a run.")
    if grid is not None:
        done = [each for each in runs(grid) if each.status is Status.DONE]
        run_ids = [*run_ids, *(each.id for each in done)]
    return copy_runs(run_ids, WeightsAndBiases(mode, seconds), again=again, with_texts=shares_texts())


def _link(grid: str | None, port: int) -> str:
    """Return a line with the link to a grid's runs, or to MLflow's first page if there are none."""
    name = grid or (newest_grid() if store_exists() else None)
    if name is None:
        return f"MLflow has no runs of a grid yet. Its pages: {page_address(port)}"
    return f"The runs of the grid {name}, compared: {comparison_page(name, port)}"


if __name__ == "__main__":
    app(prog_name="python -m textlab.record")
