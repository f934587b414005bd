"""`mlflow models serve`."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.server import Server, free_port, running
from servers.tweets import TWEETS

PROGRAM = Path(__file__).parent / "programs" / "mlflow_program.py"


@contextmanager
def served_by_mlflow(bundle: Path, scratch: Path) -> Iterator[Server]:
    """Run `mlflow models serve` on the bundle with its defaults (one process)."""
    import mlflow

    path, port = scratch / "mlflow", free_port()
    mlflow.pyfunc.save_model(
        path, python_model=str(PROGRAM), artifacts={"bundle": str(bundle)}, pip_requirements=["mlflow"]
    )
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(path), "-p", str(port)]
    bodies = [json.dumps({"inputs": [tweet]}) for tweet in TWEETS]
    # mlflow starts uvicorn by name.
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command += ["--env-manager", "local"]
    with running("mlflow", command, environment, port, "/invocations", bodies) as server:
        yield server
