"""The command `python -m textlab.models`: show hyperparameters, and bring notebooks up to date with them."""

from typing import Annotated

import typer

from textlab.log import errors_on_one_line
from textlab.models.discovery import families, family
from textlab.models.hyperparameters import markdown_table
from textlab.models.parameters_cell import outdated_notebooks
from textlab.paths import shown

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Show the hyperparameters of model families, and bring notebooks up to date with them."""


@app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(help="The family, such as lstm. Without it: the list of families.")
    ] = None,
) -> None:
    """Print the hyperparameters of a family as a Markdown table, or list the families."""
    with errors_on_one_line():
        if name is None:
            for each, model_class in families().items():
                typer.echo(f"{each}: {(model_class.__doc__ or '').partition(chr(10))[0]}")
            return
        typer.echo(markdown_table(family(name).hyperparameters()))


@app.command()
def sync(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a notebook differs.")] = False,
) -> None:
    """Rewrite the parameters cells of the notebooks from the hyperparameters of their families."""
    outdated = outdated_notebooks(write=not check)
    for path in outdated:
        typer.echo(f"{shown(path)} {'differs from' if check else 'was rewritten from'} its model family.")
    if outdated and check:
        raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="python -m textlab.models")
