"""Options that all commands share, and errors without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.log import configure_logging

Name = Annotated[str, typer.Option(help="The model's name, for the folder models/NAME and for MLflow's registry.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log more, and show tracebacks.")]


@contextmanager
def errors_without_traceback(verbose: bool) -> Iterator[Console]:
    """Yield a console; print an error as a sentence and exit with code 2, or raise it if `verbose`."""
    configure_logging(verbose)
    try:
        yield Console(highlight=False)
    except (ValueError, OSError) as error:
        if verbose:
            raise
        Console(stderr=True, highlight=False).print(f"[red]{escape(_sentences(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error


def _sentences(error: ValueError | OSError) -> str:
    """Say what an error of the system means: Python writes "[Errno 13] Permission denied: 'file'"."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}. Check the path, its permissions and the free space."
    return str(error)
