"""LitServe, in the settings that its documentation recommends for many small requests.

Requests share model calls, API servers run beside the model's process, and they exchange messages over ZeroMQ
(`fast_queue`).
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from servers.environments import environment, our_tensorflow
from servers.server import Server, free_port, running
from servers.tweets import BODIES

PACKAGES = ["litserve==0.2.19"]
PROGRAM = Path(__file__).parent / "programs" / "litserve_program.py"


class Setting(NamedTuple):
    """How LitServe runs.

    Attributes:
        batch: maximum number of requests in a model call.
        batch_seconds: longest time that requests wait for others.
        api_servers: processes that speak HTTP.
    """

    batch: int
    batch_seconds: float
    api_servers: int


SETTINGS = (Setting(64, 0.002, 1), Setting(16, 0.001, 2))


def served_by_litserve(bundle: Path, setting: Setting) -> AbstractContextManager[Server]:
    """Run LitServe on the bundle."""
    port = free_port()
    command = [
        str(environment("litserve", [*PACKAGES, our_tensorflow()])),
        str(PROGRAM),
        str(bundle.resolve()),
        str(port),
    ]
    command += [str(value) for value in setting]
    name = f"LitServe, {setting.api_servers} API server{'s' * (setting.api_servers > 1)}"
    return running(name, command, {"TF_CPP_MIN_LOG_LEVEL": "2"}, port, "/predict", BODIES)
