"""The service against `mlflow models serve` on the same bundle, in one run: python benchmarks/serving.py BUNDLE

BUNDLE is a promoted version, models/<name>/<number>. Both are asked for one tweet a request, by a load generator in a
process of its own that keeps its connections open. Printed are requests a second, the median and the 99th percentile
at 1, 16 and 64 connections, the model alone (one tweet, and batches of 64), the 99th percentile at 70 % of our load,
resident memory, and the seconds from start to ready. On a busy machine read ratios.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
TWEETS = [f"@airline flight {number} was late again, but the crew were lovely #thanks" for number in range(64)]
PEER = """
import mlflow, numpy
class Served(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        import tensorflow as tf
        self.loaded = tf.saved_model.load(context.artifacts["bundle"])
        self.signature = self.loaded.signatures["serving_default"]
    def predict(self, context, model_input, params=None):
        import tensorflow as tf
        texts = numpy.asarray(model_input).reshape(-1).tolist()
        return self.signature(text=tf.constant(texts))["probabilities"].numpy()
mlflow.models.set_model(Served())
"""


class Connection:
    """One client: sends a request, reads its answer, sends the next."""

    def __init__(self, port: int, requests: list[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests, self.sent, self.received = requests, 0, b""
        self.due = 0.0

    def send(self, due: float) -> None:
        self.due, self.received = due, b""
        self.socket.sendall(self.requests[self.sent % len(self.requests)])
        self.sent += 1

    def read(self) -> bool:
        """Whether the answer is whole."""
        piece = self.socket.recv(65_536)
        if not piece:
            raise ConnectionError("The server closed a connection. Look at its log.")
        self.received += piece
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"The server answered {head[:40]!r}.")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return len(body) >= int(length.split(b":")[1])


def generate(port: int, path: str, bodies: list[str], connections: int, seconds: float, rate: float) -> list[float]:
    """Milliseconds of every answer within `seconds`; with a rate, counted from when a request was due."""
    requests = [
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        for body in bodies
    ]
    clients = [Connection(port, requests[number:] + requests[:number]) for number in range(connections)]
    waiting = selectors.DefaultSelector()
    for client in clients:
        waiting.register(client.socket, selectors.EVENT_READ, client)
    durations, idle = [], list(clients)
    started = due = time.perf_counter()
    while (now := time.perf_counter()) < started + seconds:
        while idle and (not rate or due <= now):
            idle.pop().send(due if rate else now)
            due += 1 / rate if rate else 0
        pause = max(due - now, 0) if rate and idle else 1
        for key, _ in waiting.select(pause):
            if key.data.read():
                durations.append((time.perf_counter() - key.data.due) * 1e3)
                idle.append(key.data)
    return durations


def measured(port: int, path: str, bodies: list[str], connections: int, seconds: float, rate: float = 0) -> np.ndarray:
    """Milliseconds of answers, taken by a process of its own."""
    arguments = json.dumps([port, path, bodies, connections, seconds, rate])
    command = [sys.executable, __file__, "generate"]
    done = subprocess.run(command, input=arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The load generator failed: {done.stderr[-500:]}")
    return np.array(json.loads(done.stdout))


@contextmanager
def server(
    command: list[str], environment: dict[str, str], path: str, body: str, port: int
) -> Iterator[psutil.Process]:
    """A server that has answered once."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)
        try:
            _wait(process, path, body, port)
            yield psutil.Process(process.pid)
        finally:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.terminate()
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], path: str, body: str, port: int) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            generate(port, path, [body], 1, 0.5, 0)
            return
        except (OSError, RuntimeError):
            time.sleep(0.2)
    raise RuntimeError(f"{' '.join(command_line(process))} did not start.")


def command_line(process: subprocess.Popen[bytes]) -> list[str]:
    """The words that a process was started with."""
    return process.args if isinstance(process.args, list) else [str(process.args)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bare(bundle: Path, seconds: float) -> tuple[float, float]:
    """Of the model alone, in this process: the median of one tweet in milliseconds, tweets a second by 64."""
    from api.model import Model, limit_threads

    limit_threads(1)
    model = Model(bundle)
    durations, started = [], time.perf_counter()
    while time.perf_counter() < started + seconds:
        before = time.perf_counter()
        model.predict_proba(TWEETS[:1])
        durations.append((time.perf_counter() - before) * 1e3)
    calls, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        model.predict_proba(TWEETS)
        calls += 1
    return float(np.median(durations)), calls * len(TWEETS) / (time.perf_counter() - started)


def resident(process: psutil.Process) -> float:
    """Millions of bytes of the process with all its children."""
    return sum(part.memory_info().rss for part in [process, *process.children(recursive=True)]) / 1e6


def main(
    bundle: Annotated[Path, typer.Argument(help="models/<name>/<number>")],
    seconds: Annotated[float, typer.Option(help="of each measurement")] = 5,
    workers: Annotated[int, typer.Option(help="of our service")] = 1,
    peer: Annotated[bool, typer.Option(help="measure mlflow models serve too")] = True,
) -> None:
    """Measure and print."""
    sys.path.insert(0, str(ROOT))
    console, table = Console(), Table("server", "connections", "requests/s", "p50 ms", "p99 ms")
    lone, batched = bare(bundle, seconds)
    table.add_row("model alone, one tweet", "", f"{1e3 / lone:,.0f}", f"{lone:.2f}", "")
    table.add_row("model alone, tweets by 64", "", f"{batched:,.0f}", "", "")
    notes = []

    def rows(name: str, port: int, path: str, bodies: list[str]) -> float:
        for connections in (1, 16, 64):
            found = measured(port, path, bodies, connections, seconds)
            p50, p99 = np.percentile(found, [50, 99])
            table.add_row(name, str(connections), f"{len(found) / seconds:,.0f}", f"{p50:.2f}", f"{p99:.2f}")
        return len(found) / seconds

    with tempfile.TemporaryDirectory() as scratch:
        port, started = free_port(), time.perf_counter()
        settings = {"MODEL": bundle.resolve().parent, "VERSION": bundle.name, "STATE": Path(scratch) / "state"}
        settings |= {"PORT": port, "WORKERS": workers, "THREADS": 64, "LOG_LEVEL": "warning"}
        environment = {f"TEXTLAB_API_{name}": str(value) for name, value in settings.items()}
        command = [sys.executable, "-m", "gunicorn", "--config", "python:api.gunicorn_settings"]
        bodies = [json.dumps({"text": tweet}) for tweet in TWEETS]
        with server(command, environment, "/predict", bodies[0], port) as process:
            notes.append(f"ours: ready after {time.perf_counter() - started - 0.5:.1f} s")
            most = rows("ours", port, "/predict", bodies)
            p99 = np.percentile(measured(port, "/predict", bodies, 64, seconds, 0.7 * most), 99)
            table.add_row("ours, at 70 % of that", "64", f"{0.7 * most:,.0f}", "", f"{p99:.2f}")
            notes.append(f"ours: {resident(process):,.0f} MB resident")
        if peer:
            with served_by_mlflow(bundle, Path(scratch)) as (port, process):
                rows("mlflow", port, "/invocations", [json.dumps({"inputs": [tweet]}) for tweet in TWEETS])
                notes.append(f"mlflow: {resident(process):,.0f} MB resident")
    console.print(table)
    console.print("\n".join(notes))


@contextmanager
def served_by_mlflow(bundle: Path, scratch: Path) -> Iterator[tuple[int, psutil.Process]]:
    """`mlflow models serve` on the bundle, with its defaults."""
    import mlflow

    (scratch / "peer.py").write_text(PEER)
    path, port = scratch / "peer", free_port()
    mlflow.pyfunc.save_model(
        path, python_model=str(scratch / "peer.py"), artifacts={"bundle": str(bundle)}, pip_requirements=["mlflow"]
    )
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(path), "-p", str(port)]
    body = json.dumps({"inputs": TWEETS[:1]})
    with server([*command, "--env-manager", "local"], {}, "/invocations", body, port) as process:
        yield port, process


if __name__ == "__main__":
    if sys.argv[1:] == ["generate"]:
        print(json.dumps(generate(*json.load(sys.stdin))))
    else:
        typer.run(main)
