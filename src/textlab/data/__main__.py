"""`python -m textlab.data`: list, download and describe datasets."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from textlab import data
from textlab.data.exploring.description import description
from textlab.data.preparation import write_dropped
from textlab.log import configure_logging, errors_on_one_line, in_working_folder

PIPED_WIDTH = 10_000  # columns; more than any table needs

EPILOG = """Examples:

python -m textlab.data list

python -m textlab.data fetch tweet_eval/sentiment

python -m textlab.data fetch tweet_eval  (all its variants)

python -m textlab.data describe airline

python -m textlab.data describe "airline?seed=7"

python -m textlab.data describe "file:tweets.csv?text=tweet&label=polarity"

python -m textlab.data describe "retrieval:path/to/folder?title=show"

python -m textlab.data describe file:tweets.csv --dropped dropped.csv  (the rows that are left out, and why)

TEXTLAB_MIRROR=/path/to/folder python -m textlab.data describe sentiment140  (without network)
"""

app = typer.Typer(
    help="List, download and describe the datasets that textlab can load.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Name = Annotated[str, typer.Argument(help="A name from `list`, file:PATH or retrieval:FOLDER. Options follow a '?'.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log which rows are dropped, and show tracebacks.")]


@app.command("list")
def list_datasets() -> None:
    """List all datasets, with the task of each and a sentence about it."""
    configure_logging()
    table = Table("name", "task", "description")
    for source in data.available_sources().values():
        for name in source.names:
            variant = name.removeprefix(source.name).lstrip("/:")
            table.add_row(escape(name), source.task_of(variant), escape(source.description))
    _print(table)


@app.command()
@in_working_folder
def fetch(name: Name, verbose: Verbose = False) -> None:
    """Download the files of a dataset to data/raw and verify them. Existing files are only verified."""
    with errors_on_one_line(verbose):
        files = data.fetch(name)
        for path in files:
            typer.echo(f"verified {path}")
        if not files:
            typer.echo(f"{name} needs no download.")


@app.command()
@in_working_folder
def describe(
    name: Name,
    dropped: Annotated[Path | None, typer.Option("--dropped", help="Write the dropped rows to this .csv file.")] = None,
    verbose: Verbose = False,
) -> None:
    """Show the task, rows read and dropped, classes or queries per split, text lengths, the digest and examples."""
    with errors_on_one_line(verbose):
        if dropped is not None and dropped.suffix.lower() != ".csv":
            raise ValueError(f"{dropped} does not end in .csv. Name a .csv file for the dropped rows.")
        dataset = data.load_any(name)
        _print(description(dataset))
        if dropped is not None:
            typer.echo(_write_dropped(dataset, dropped))


def _write_dropped(dataset: data.TaskDataset, path: Path) -> str:
    if dataset.preparation is None:
        raise ValueError(f"{dataset.name} does not say which rows it dropped. Leave out --dropped.")
    write_dropped(dataset.preparation, path)
    return f"Wrote {len(dataset.preparation.dropped):,} dropped row(s) to {path}."


def _print(content: RenderableType) -> None:
    """Print to a terminal at its width; to a pipe or a file at the width that the content needs, so nothing is cut."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        wide = console.options.update(width=PIPED_WIDTH)
        console.width = max(80, Measurement.get(console, wide, content).maximum)
    console.print(content)


if __name__ == "__main__":
    app(prog_name="python -m textlab.data")
