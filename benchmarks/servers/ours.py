"""The service of this repository."""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from servers.server import Server, free_port, running
from servers.tweets import BODIES

COMMAND = [sys.executable, "-m", "gunicorn", "--config", "python:api.gunicorn_settings"]


def served_by_us(
    bundle: Path,
    scratch: Path,
    workers: int,
    environment: Mapping[str, str] | None = None,
    path: str = "/predict",
    bodies: list[str] = BODIES,
) -> AbstractContextManager[Server]:
    """Run the service on a bundle.

    Args:
        bundle: models/<name>/<number>.
        scratch: folder for its state.
        workers: number of its worker processes, 0 for the number that it chooses.
        environment: further variables.
        path, bodies: the requests that it will get.
    """
    port = free_port()
    settings = {"MODEL": bundle.resolve().parent, "VERSION": bundle.name, "STATE": scratch / f"state-{port}"}
    settings |= {"PORT": port, "WORKERS": workers, "QUEUE_SIZE": 4096}
    variables = {f"TEXTLAB_API_{name}": str(value) for name, value in settings.items()}
    name = f"ours, {workers or 'chosen'} process{'es' * (workers != 1)}"
    return running(name, COMMAND, variables | dict(environment or {}), port, path, bodies)
