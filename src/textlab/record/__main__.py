"""`python -m textlab.record ui`: MLflow's pages, opened at the comparison table of a grid."""

import os
import sys
from typing import Annotated

import typer

from textlab.log import configure_logging, in_working_folder
from textlab.record.pages import LOCAL_PORT, comparison_page, newest_grid, page_address
from textlab.record.store import store_exists, tracking_uri

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def record() -> None:
    """Look at the experiments in MLflow."""


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


def _link(grid: str | None, port: int) -> str:
    """Return a line with the link to a grid's runs, or to MLflow's first page if there are none."""
    name = grid or (newest_grid() if store_exists() else None)
    if name is None:
        return f"MLflow has no runs of a grid yet. Its pages: {page_address(port)}"
    return f"The runs of the grid {name}, compared: {comparison_page(name, port)}"


if __name__ == "__main__":
    app(prog_name="python -m textlab.record")
