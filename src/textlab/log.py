"""Logging of the commands, which is quiet by default."""

import functools
import logging
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from textlab.paths import enter_working_folder

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

# TensorFlow's library writes these lines while it is loaded. They report no problem, and no setting turns them off.
STARTUP_LINES = re.compile(rb"WARNING: All log messages before absl::InitializeLog|I\d{4} |To enable the following ins")


def configure_logging(verbose: bool = False) -> None:
    """Configure logging: show textlab's warnings, and only errors of other libraries.

    Only commands call this; importing textlab configures nothing.

    Args:
        verbose: also show textlab's information, and more messages of MLflow and TensorFlow.
    """
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "INFO" if verbose else "WARNING")  # MLflow has its own setting
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "true" if verbose else "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0" if verbose else "2")  # TensorFlow reads this on import
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.ERROR, force=True)
    logging.getLogger("textlab").setLevel(logging.INFO if verbose else logging.WARNING)


@contextmanager
def errors_on_one_line(verbose: bool = False) -> Iterator[None]:
    """Configure logging, and end a command whose input is wrong with a sentence in place of a traceback.

    Args:
        verbose: log more, and show tracebacks.
    """
    import typer

    configure_logging(verbose)
    try:
        yield
    except (ValueError, OSError) as error:
        if verbose:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None


def in_working_folder(command: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Let a command run only where a working folder is found; without one, it ends with a sentence and code 2."""

    @functools.wraps(command)
    def checked(*given: Given.args, **named: Given.kwargs) -> Answer:
        import typer

        try:
            enter_working_folder()
        except FileNotFoundError as error:
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(2) from None
        return command(*given, **named)

    return checked


def import_tensorflow() -> None:
    """Import TensorFlow without the lines of its start; other lines on standard error still appear.

    Only commands call this, before anything else imports TensorFlow. With `configure_logging(verbose=True)`, every line
    appears.
    """
    if "tensorflow" in sys.modules or logging.getLogger("textlab").isEnabledFor(logging.INFO):
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        terminal = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            import tensorflow  # noqa: F401

            sys.stderr.flush()
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            held.seek(0)
            os.write(2, b"".join(line for line in held if not STARTUP_LINES.match(line)))
