"""`python -m textlab.data`: lists, downloads and describes datasets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from textlab import data
from textlab.data.exploring.description import description
from textlab.data.spec import names_of
from textlab.log import configure_logging

EPILOG = """Examples:

python -m textlab.data list

python -m textlab.data fetch tweet_eval/sentiment

python -m textlab.data fetch tweet_eval  (all its tasks)

python -m textlab.data describe airline

python -m textlab.data describe "airline?seed=7"

python -m textlab.data describe "file:tweets.csv?text=tweet&label=polarity"

TEXTLAB_MIRROR=/path/to/folder python -m textlab.data describe sentiment140  (no network)
"""

app = typer.Typer(
    help="The datasets that textlab knows: what there is, how to get it, what it looks like.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Name = Annotated[str, typer.Argument(help="A name that `list` shows, or file:PATH; with options after a '?'.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say what is dropped, and show tracebacks.")]


@app.command("list")
def list_datasets() -> None:
    """Every dataset, with one sentence each."""
    configure_logging()
    table = Table("name", "what it is")
    for source, module in data.available_sources().items():
        for name in names_of(source, module):
            table.add_row(escape(name), escape(module.DESCRIPTION))
    Console().print(table)


@app.command()
def fetch(name: Name, verbose: Verbose = False) -> None:
    """Download a dataset's files to data/raw and verify them; files that are there are only verified."""
    with _errors_in_one_sentence(verbose):
        files = data.fetch(name)
        for path in files:
            typer.echo(f"verified {path}")
        if not files:
            typer.echo(f"{name} needs no download.")


@app.command()
def describe(name: Name, verbose: Verbose = False) -> None:
    """Rows per split, class balance, lengths, duplicates, digest and three texts."""
    with _errors_in_one_sentence(verbose):
        Console().print(description(data.load(name)), soft_wrap=False)


@contextmanager
def _errors_in_one_sentence(verbose: bool) -> Iterator[None]:
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
