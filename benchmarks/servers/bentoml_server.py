"""BentoML with adaptive batching, as its documentation recommends for many small requests."""

import json
from contextlib import AbstractContextManager
from pathlib import Path

from servers.environments import environment, our_tensorflow
from servers.server import Server, free_port, running
from servers.tweets import TWEETS

# With uvloop and httptools, its HTTP server is faster than with its own dependencies alone.
PACKAGES = ["bentoml==1.4.40", "uvloop==0.23.0", "httptools==0.9.0"]
PROGRAM = Path(__file__).parent / "programs" / "bentoml_program.py"
WORKERS = (1, 2)


def served_by_bentoml(bundle: Path, workers: int) -> AbstractContextManager[Server]:
    """Run BentoML on the bundle, with this number of worker processes."""
    port = free_port()
    command = [
        str(environment("bentoml", [*PACKAGES, our_tensorflow()])),
        "-m",
        "bentoml",
        "serve",
        f"{PROGRAM.stem}:Served",
    ]
    command += ["--working-dir", str(PROGRAM.parent), "--host", "127.0.0.1", "--port", str(port)]
    variables = {"BUNDLE": str(bundle.resolve()), "WORKERS": str(workers)}
    variables |= {"BENTOML_DO_NOT_TRACK": "True", "TF_CPP_MIN_LOG_LEVEL": "2"}
    bodies = [json.dumps({"texts": [tweet]}) for tweet in TWEETS]
    name = f"BentoML, {workers} worker{'s' * (workers > 1)}"
    return running(name, command, variables, port, "/predict", bodies)
