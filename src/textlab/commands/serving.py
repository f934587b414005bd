"""Start the prediction service, list its settings, and make a key for it."""

import os
import sys
from typing import Annotated

import typer

from textlab.commands.console import Verbose, errors_without_traceback
from textlab.log import in_working_folder
from textlab.paths import MODELS, supplies

GUNICORN = ("gunicorn", "--config", "python:api.gunicorn_settings")
SETTINGS = ("api",)


@in_working_folder
def serve(
    name: Annotated[
        str | None,
        typer.Option(help="The model's name. By default: the one in TEXTLAB_API_MODEL, or the only promoted model."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port. By default: TEXTLAB_API_PORT, or 8000.")
    ] = None,
    settings: Annotated[bool, typer.Option("--settings", help="List the settings of the service, and exit.")] = False,
    verbose: Verbose = False,
) -> None:
    """Start the prediction service on a promoted model.

    The settings of the service are environment variables. --settings lists them.
    The service listens on this machine only, unless TEXTLAB_API_HOST says
    otherwise. Ctrl-C stops it.
    """
    with errors_without_traceback(verbose):
        if settings:
            _become(*SETTINGS)
        if name is not None or not os.environ.get("TEXTLAB_API_MODEL"):
            from textlab.promotion.catalog import promoted_folder

            os.environ["TEXTLAB_API_MODEL"] = str(promoted_folder(MODELS, name).parent)
        os.environ.setdefault("TEXTLAB_API_STATE", str(MODELS / ".service"))
        if port is not None:
            os.environ["TEXTLAB_API_PORT"] = str(port)
        _become(*GUNICORN)


def key(
    name: Annotated[str, typer.Argument(help="Who will use the key.")],
    roles: Annotated[list[str], typer.Argument(help="predict, explain, feedback or admin.")],
) -> None:
    """Make an API key for the service.

    The key is printed once, on the standard error stream. The standard output
    is the entry for the file that TEXTLAB_API_KEYS_FILE names.
    """
    _become(*SETTINGS, "key", name, *roles)


def _become(*module: str) -> None:
    """Replace this process by Python running a module that can import the service.

    A wheel keeps the service out of the top level of site-packages, where a name such as `api` would get in the way of
    other packages. Only processes of the service have its folder on their path. They do not look into the current
    folder first, which may hold another `api`.
    """
    path = os.pathsep.join(filter(None, [str(supplies()), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    os.execve(sys.executable, [sys.executable, "-m", *module], environment)
