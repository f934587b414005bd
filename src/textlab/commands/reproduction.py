"""Check that a run can be reproduced."""

from typing import Annotated

import typer
from rich.markup import escape

from textlab.commands.console import Verbose, errors_without_traceback
from textlab.log import in_working_folder

Run = Annotated[str, typer.Argument(metavar="RUN", help="The id of a finished MLflow run.")]


@in_working_folder
def reproduce(run: Run, verbose: Verbose = False) -> None:
    """Run the notebook of RUN again, and compare every metric and prediction.

    The notebook, its parameters, the seed and the number of threads are the same.
    On the same machine with the same libraries, the numbers are equal to the last
    digit. Otherwise the command lists the differences and exits with code 1.

    The new run is logged to MLflow's experiment 'reproductions', so it does not count
    in its grid.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.runner.reproduction import reproduce as reproduce_run

        with console.status("Running the notebook") as status:
            reproduction = reproduce_run(
                run, lambda cell, number, count, *_: status.update(f"{cell.name}: code cell {number} of {count}")
            )
        for change in reproduction.changed:
            console.print(f"changed since: {escape(change)}", soft_wrap=True)
        for difference in reproduction.differences:
            console.print(f"differs: {escape(difference)}", soft_wrap=True)
        if not reproduction.differences:
            console.print("Identical: every metric and prediction is equal to the last digit.")
            return
        if not reproduction.changed:
            console.print("No recorded setting has changed. Another processor or GPU may round differently.")
        raise typer.Exit(1)
