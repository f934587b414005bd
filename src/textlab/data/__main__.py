"""`python -m textlab.data`: list, download and describe datasets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from textlab import data
from textlab.data.exploring.description import description
from textlab.log import configure_logging

EPILOG = """Examples:

python -m textlab.data list

python -m textlab.data fetch tweet_eval/sentiment

python -m textlab.data fetch tweet_eval  (all its variants)

python -m textlab.data describe airline

python -m textlab.data describe "airline?seed=7"

python -m textlab.data describe "file:tweets.csv?text=tweet&label=polarity"

TEXTLAB_MIRROR=/path/to/folder python -m textlab.data describe sentiment140  (without network)
"""

app = typer.Typer(
    help="List, download and describe the datasets that textlab can load.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Name = Annotated[str, typer.Argument(help="A name from `list`, or file:PATH. Options follow a '?'.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log which rows are dropped, and show tracebacks.")]


@app.command("list")
def list_datasets() -> None:
    """List all datasets, with a sentence about each."""
    configure_logging()
    table = Table("name", "description")
    for source in data.available_sources().values():
        for name in source.names:
            table.add_row(escape(name), escape(source.description))
    Console().print(table)


@app.command()
def fetch(name: Name, verbose: Verbose = False) -> None:
    """Download the files of a dataset to data/raw and verify them. Existing files are only verified."""
    with _errors_on_one_line(verbose):
        files = data.fetch(name)
        for path in files:
            typer.echo(f"verified {path}")
        if not files:
            typer.echo(f"{name} needs no download.")


@app.command()
def describe(name: Name, verbose: Verbose = False) -> None:
    """Show rows per split, class balance, text lengths, duplicates, the digest and three texts."""
    with _errors_on_one_line(verbose):
        Console().print(description(data.load(name)), soft_wrap=False)


@contextmanager
def _errors_on_one_line(verbose: bool) -> Iterator[None]:
    configure_logging(verbose)
    try:
        yield
    except (ValueError, OSError) as error:
        if verbose:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app(prog_name="python -m textlab.data")
