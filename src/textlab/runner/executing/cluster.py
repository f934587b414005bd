"""Execute the notebooks of a grid on a Ray cluster: each is a task that a node executes as this machine would.

The task carries textlab's code, the notebook, and the file of a dataset (`file:...`) for nodes that do not have it.
Other datasets are in the same folder if nodes share one; otherwise the node downloads them. Results go to an MLflow
server that all nodes reach, and the executed notebook comes back. Ray reserves cores, memory and GPUs for each notebook
and hides the other GPUs from it. If a notebook's node is lost, the runner executes the notebook again in another run.
"""

import contextlib
import logging
import os
import queue
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import textlab
from textlab import record
from textlab.paths import ROOT, replacing
from textlab.record.store import is_sqlite
from textlab.runner.due.outcome import CellStatus
from textlab.runner.executing.placement import Place
from textlab.runner.executing.process import CodeCellListener, Limits, run_notebook
from textlab.runner.executing.verdict import Verdict

CONNECT_SECONDS = 5.0
POLL_SECONDS = 0.2
FILE = "file:"


class Cluster:
    """A connection to a Ray cluster, which this machine joins until `close` or the end of this process.

    Args:
        address: host:port of the cluster's head; None starts a cluster on this machine alone.

    Attributes:
        cores: number of cores of all nodes together.

    Raises:
        ValueError: the nodes cannot share the MLflow store, or there is no cluster at the address.
    """

    def __init__(self, address: str | None) -> None:
        if is_sqlite():
            raise ValueError(
                "--executor ray: several machines cannot write into the SQLite store "
                f"{record.tracking_uri()}. Start an MLflow server (`mlflow server`) and name it in "
                "MLFLOW_TRACKING_URI."
            )
        if address is not None:
            _check_address(address)
        import ray

        package = {"py_modules": [str(Path(textlab.__file__).parent)]}
        try:
            ray.init(address=address, runtime_env=package, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError) as error:
            raise ValueError(
                f"--address {address}: joining the Ray cluster failed: {error}. Check that its head runs there."
            ) from error
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        self.cores = int(sum(node.get("CPU", 0) for node in nodes))
        self._largest = {name: max(node.get(name, 0) for node in nodes) for name in ("CPU", "GPU", "memory")}

    def close(self) -> None:
        """Leave the cluster; tasks of this grid that still run there are killed."""
        import ray

        ray.shutdown()

    def run_notebook(
        self,
        notebook: Path,
        parameters: Mapping[str, Any],
        output: Path,
        run_id: str,
        listen: CodeCellListener,
        *,
        limits: Limits,
        place: Place,
        gpus: float,
        stop: threading.Event,
    ) -> Verdict:
        """Execute one notebook on a node of the cluster; see `process.run_notebook`.

        Args:
            place: the threads and the memory that the node must have free. If no node has as much, the largest will do.
            gpus: number of GPUs that the node must have free, likewise.
        """
        import ray

        requested = {"CPU": place.threads, "GPU": gpus, "memory": place.memory}
        available = {name: min(number, self._largest[name]) for name, number in requested.items()}
        resources = {
            "num_cpus": available["CPU"],
            "num_gpus": available["GPU"],
            "memory": int(available["memory"]),
        }
        job = {
            "name": notebook.name,
            "notebook": notebook.read_bytes(),
            "parameters": dict(parameters),
            "run_id": run_id,
            "environment": place.environment,
            "limits": asdict(limits),
            "folder": str(Path.cwd()),
            "root": str(ROOT),
            "store": record.tracking_uri(),
            "files": dict(_dataset_files(parameters)),
        }
        task: Any = ray.remote(**resources, max_retries=0)(execute_on_node).remote(job)
        output.unlink(missing_ok=True)
        try:
            while not stop.is_set():
                if not ray.wait([task], timeout=POLL_SECONDS)[0]:
                    continue
                event: Any = ray.get(next(task))
                if "verdict" in event:
                    return _received(event, output)
                listen(*event["progress"])
        except (ray.exceptions.RayError, StopIteration) as error:
            if isinstance(error, ray.exceptions.RayTaskError):  # the task raised an exception on its node
                last_line = str(error).strip().splitlines()[-1]
                return Verdict(CellStatus.FAILED, f"The notebook could not be executed: {last_line}")
            return Verdict(CellStatus.DIED, f"The node was lost ({type(error).__name__}).", is_lost=True)
        with contextlib.suppress(ray.exceptions.RayError):
            ray.cancel(task, force=True)
        return Verdict(CellStatus.INTERRUPTED, "Interrupted.")


def _received(event: Mapping[str, Any], output: Path) -> Verdict:
    """The verdict that a node has sent, once the executed notebook is written to `output`."""
    if event["executed"] is not None:
        with replacing(output) as partial:
            partial.write_bytes(event["executed"])
    verdict = event["verdict"]
    return Verdict(**verdict | {"status": CellStatus(verdict["status"])})


def _check_address(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(
            f"--address {address} is not of the form host:port. Name the cluster's head, such as 10.0.0.1:6379."
        )
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except OSError as error:
        raise ValueError(
            f"--address {address}: nothing answers there ({error.strerror or error}). Start the cluster with "
            "`ray start --head`, or leave the address out to use this machine alone."
        ) from error


def _dataset_files(parameters: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The content of each file that the parameters name as a dataset, by path as they name it."""
    for value in parameters.values():
        if isinstance(value, str) and value.startswith(FILE):
            name = value.removeprefix(FILE).partition("?")[0]
            if Path(name).is_file():
                yield name, Path(name).read_bytes()


def execute_on_node(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """On a node: execute a notebook; yield its progress, and finally the verdict and the executed notebook."""
    _enter_folder(Path(job["folder"]), job["files"])
    events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="textlab-") as scratch:
        thread = threading.Thread(target=_execute, args=(job, Path(scratch), events), daemon=True)
        thread.start()
        while True:
            event = events.get()
            yield event
            if "verdict" in event:
                return


def _enter_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Enter the folder of the runner, created if the node has none, and write the datasets that are missing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)  # a worker of Ray executes one task at a time
    for name, content in files.items():
        if not Path(name).exists():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            with replacing(Path(name)) as partial:
                partial.write_bytes(content)


def _execute(job: Mapping[str, Any], scratch: Path, events: "queue.SimpleQueue[dict[str, Any]]") -> None:
    """Execute the job's notebook in the folder `scratch`, and put its events into the queue."""
    root = Path(job["root"])
    root = root if root.is_dir() else Path.home() / ".cache" / "textlab"
    environment = job["environment"] | {"TEXTLAB_ROOT": str(root), "MLFLOW_TRACKING_URI": job["store"]}
    notebook, executed = scratch / job["name"], scratch / "executed.ipynb"
    notebook.write_bytes(job["notebook"])
    try:
        verdict = run_notebook(
            notebook,
            job["parameters"],
            executed,
            job["run_id"],
            lambda *progress: events.put({"progress": progress}),
            environment=environment,
            limits=Limits(**job["limits"]),
        )
    except OSError as error:
        verdict = Verdict(CellStatus.FAILED, f"The notebook could not be executed: {error}")
    content = executed.read_bytes() if executed.exists() else None
    events.put({"verdict": asdict(verdict), "executed": content})
