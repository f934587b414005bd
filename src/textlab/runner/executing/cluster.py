"""The notebooks of a grid on a Ray cluster: each is a task, and a node executes it as this machine would.

textlab's code and the notebook travel with the task, and so does a dataset's file (`file:...`) to a node that does not
have it. Other datasets are found in the same folder where nodes share one, else fetched by the node. Results go to an
MLflow server that all nodes reach; the executed notebook comes back. Ray gives each notebook its cores, memory and
GPUs and hides the other GPUs from it. A notebook whose node is lost is begun anew by the runner, in an MLflow run of
its own.
"""

import contextlib
import logging
import os
import queue
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import textlab
from textlab import record
from textlab.paths import ROOT, replacing
from textlab.record.store import is_sqlite
from textlab.runner.executing.process import Verdict, run_notebook

ANSWER_SECONDS = 5.0
LOOK_SECONDS = 0.2  # how soon a stop is noticed
FILE = "file:"


class Cluster:
    """A connection to a Ray cluster, of which this machine is one, until `close` or the end of this process.

    Args:
        address: host:port of its head; None begins one on this machine alone.

    Attributes:
        cores: of all nodes.

    Raises:
        ValueError: the results could not come together, or nobody answers at the address.
    """

    def __init__(self, address: str | None) -> None:
        if is_sqlite():
            raise ValueError(
                "--executor ray: several machines cannot write into the SQLite store "
                f"{record.tracking_uri()}. Start an MLflow server (`mlflow server`) and name it in "
                "MLFLOW_TRACKING_URI."
            )
        if address is not None:
            _require_answer(address)
        import ray

        shipped = {"py_modules": [str(Path(textlab.__file__).parent)]}
        try:
            ray.init(address=address, runtime_env=shipped, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError) as error:
            raise ValueError(f"--address {address}: no Ray cluster can be joined there: {error}") from error
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        self.cores = int(sum(node.get("CPU", 0) for node in nodes))
        self._largest = {name: max(node.get(name, 0) for node in nodes) for name in ("CPU", "GPU", "memory")}

    def close(self) -> None:
        """Leave the cluster; what still runs there for this grid is ended."""
        import ray

        ray.shutdown()

    def run_notebook(
        self,
        notebook: Path,
        parameters: Mapping[str, Any],
        output: Path,
        run_id: str,
        listen: Callable[[int, int, float | None], None],
        stop: threading.Event,
        *,
        threads: int,
        gpus: float,
        expected_memory: float,
        **settings: Any,
    ) -> Verdict:
        """As `process.run_notebook`, on a node of the cluster.

        Args:
            threads, gpus, expected_memory: what the node must have free; where none has as much, what the largest has.
            settings: environment, timeout, cell_timeout and memory, as there.
        """
        import ray

        wanted = {"CPU": threads, "GPU": gpus, "memory": expected_memory}
        given = {name: min(number, self._largest[name]) for name, number in wanted.items()}
        needs = {"num_cpus": given["CPU"], "num_gpus": given["GPU"], "memory": int(given["memory"])}
        job = {
            "name": notebook.name,
            "notebook": notebook.read_bytes(),
            "parameters": dict(parameters),
            "run_id": run_id,
            "settings": settings,
            "folder": str(Path.cwd()),
            "root": str(ROOT),
            "store": record.tracking_uri(),
            "files": dict(_files(parameters)),
        }
        task: Any = ray.remote(**needs, max_retries=0)(execute_there).remote(job)
        output.unlink(missing_ok=True)
        try:
            while not stop.is_set():
                if not ray.wait([task], timeout=LOOK_SECONDS)[0]:
                    continue
                told: Any = ray.get(next(task))
                if "verdict" in told:
                    return _kept(told, output)
                listen(*told["at"])
        except (ray.exceptions.RayError, StopIteration) as error:
            if isinstance(error, ray.exceptions.RayTaskError):  # it has raised there
                return Verdict("failed", f"The notebook could not be run: {str(error).strip().splitlines()[-1]}")
            return Verdict("died", f"Its node was lost ({type(error).__name__}).", is_lost=True)
        with contextlib.suppress(ray.exceptions.RayError):
            ray.cancel(task, force=True)
        return Verdict("interrupted", "Interrupted.")


def _kept(told: Mapping[str, Any], output: Path) -> Verdict:
    if told["executed"] is not None:
        with replacing(output) as partial:
            partial.write_bytes(told["executed"])
    return Verdict(**told["verdict"])


def _require_answer(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"--address {address}: expected host:port of the cluster's head, such as 10.0.0.1:6379.")
    try:
        socket.create_connection((host, int(port)), ANSWER_SECONDS).close()
    except OSError as error:
        raise ValueError(
            f"--address {address}: nobody answers there ({error.strerror or error}). Start the cluster with "
            "`ray start --head`, or leave the address out for this machine alone."
        ) from error


def _files(parameters: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The files that parameters name as datasets, by path as they name it."""
    for value in parameters.values():
        if isinstance(value, str) and value.startswith(FILE):
            name = value.removeprefix(FILE).partition("?")[0]
            if Path(name).is_file():
                yield name, Path(name).read_bytes()


def execute_there(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """On a node: execute a notebook and tell, as it runs, where it is; last, the verdict and the executed notebook."""
    folder, root = Path(job["folder"]), Path(job["root"])
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)  # a worker of Ray executes one task at a time
    for name, content in job["files"].items():
        if not Path(name).exists():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            with replacing(Path(name)) as partial:
                partial.write_bytes(content)
    root = root if root.is_dir() else Path.home() / ".cache" / "textlab"
    settings = job["settings"]
    settings["environment"] |= {"TEXTLAB_ROOT": str(root), "MLFLOW_TRACKING_URI": job["store"]}
    told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="textlab-") as scratch:
        notebook, executed = Path(scratch) / job["name"], Path(scratch) / "executed.ipynb"
        notebook.write_bytes(job["notebook"])

        def execute() -> None:
            try:
                verdict = run_notebook(
                    notebook,
                    job["parameters"],
                    executed,
                    job["run_id"],
                    lambda *at: told.put({"at": at}),
                    **settings,
                )
            except OSError as error:
                verdict = Verdict("failed", f"The notebook could not be run: {error}")
            content = executed.read_bytes() if executed.exists() else None
            told.put({"verdict": vars(verdict), "executed": content})

        threading.Thread(target=execute, daemon=True).start()
        while True:
            event = told.get()
            yield event
            if "verdict" in event:
                return
