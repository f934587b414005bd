"""Compare the service with `mlflow models serve` on the same bundle: python benchmarks/serving.py BUNDLE

BUNDLE is a promoted version, models/<name>/<number>. Clients keep their connections open and send one tweet per
request. They use wrk if it is installed; otherwise a generator in Python, which uses more of the processor. The output
is

- requests per second, median and 99th percentile of latency at 1, 16 and 64 connections,
- tweets per second at 64 connections with 16 tweets per request,
- the model alone, with one tweet and with batches of 64,
- the 99th percentile of latency at 70 % of the maximum load,
- memory, and the seconds from start to ready,
- the cost of telemetry to an ingestion server on the loopback interface.

All servers run at once and take turns, so ratios hold even if the speed of the machine varies. Figures are medians over
the turns.
"""

import http.client
import http.server
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.request import urlopen

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
TWEETS = [f"@airline flight {number} was late again, but the crew were lovely #thanks" for number in range(64)]
BODIES = [json.dumps({"text": tweet}) for tweet in TWEETS]
AT_ONCE = 16
BODIES_OF_SEVERAL = [json.dumps({"texts": (TWEETS[number:] + TWEETS)[:AT_ONCE]}) for number in range(len(TWEETS))]
SERVE = [sys.executable, "-m", "gunicorn", "--config", "python:api.gunicorn_settings"]
START_SECONDS = 300
TURNS = 5
TELEMETRY_TURNS = 15  # its cost is smaller than the difference between two turns
KEY = "00000000-0000-4000-8000-000000000000"
SILENT = {  # otherwise the SDK sends reports about itself to other hosts
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
}
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


WRK = """
local number, bodies = 0, {%s}
local headers = {["Content-Type"] = "application/json"}
function request()
  number = number %% #bodies + 1
  return wrk.format("POST", "%s", headers, bodies[number])
end
function done(summary, latency)
  if summary.errors.status + summary.errors.read + summary.errors.timeout > 0 then error("some requests failed") end
  local rate = summary.requests / summary.duration * 1e6
  io.stderr:write(string.format("%%f %%f %%f", rate, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


class Figures(NamedTuple):
    """Requests per second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


class Connection:
    """A client that sends a request, reads its response and sends the next."""

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
        """Read a piece of the response; return whether the response is complete."""
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
    """Return the milliseconds of every response within some seconds; with a rate, from when the request was due."""
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


def measured(port: int, path: str, bodies: list[str], connections: int, seconds: float, rate: float = 0) -> Figures:
    """Load a server from another process over some connections, at full speed or at a rate; return the figures."""
    wrk = shutil.which("wrk")
    if wrk and not rate:  # wrk cannot limit the rate
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(WRK % (",".join(f"[==[{body}]==]" for body in bodies), path))
            script.flush()
            command = [
                wrk,
                "-t1",
                f"-c{connections}",
                f"-d{seconds:.0f}",
                "-s",
                script.name,
                f"http://127.0.0.1:{port}",
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"wrk failed: {done.stdout[-500:]} {done.stderr[-500:]}")
        return Figures(*map(float, done.stderr.split()))
    arguments = json.dumps([port, path, bodies, connections, seconds, rate])
    command = [sys.executable, __file__, "generate"]
    done = subprocess.run(command, input=arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The load generator failed: {done.stderr[-500:]}")
    durations = json.loads(done.stdout)
    return Figures(len(durations) / seconds, *np.percentile(durations, [50, 99]))


@contextmanager
def server(
    command: list[str], environment: dict[str, str], path: str, body: str, port: int
) -> Iterator[tuple[psutil.Process, float]]:
    """Run a server; yield it and the seconds until its first response."""
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)
        try:
            if not _answers(process, path, body, port):
                log.seek(0)
                raise RuntimeError(f"{process.args!r} did not start: {log.read()[-1000:].decode(errors='replace')}")
            yield psutil.Process(process.pid), time.perf_counter() - started
        finally:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.terminate()
                process.terminate()
                process.wait(30)


def _answers(process: subprocess.Popen[bytes], path: str, body: str, port: int) -> bool:
    """Wait for the first response; return False if the server ends or takes too long."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        try:
            # The port may be open long before the server responds.
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            if connection.getresponse().status == 200:
                return True
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    return False


def ingest(port: int) -> None:
    """Run an ingestion server like that of Application Insights. GET returns the number of requests received."""
    bodies = 0

    class Ingestion(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            nonlocal bodies
            self.rfile.read(int(self.headers["Content-Length"]))
            bodies += 1
            self._answer(b'{"itemsReceived": 1, "itemsAccepted": 1, "errors": []}')

        def do_GET(self) -> None:
            self._answer(str(bodies).encode())

        def _answer(self, answer: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Ingestion).serve_forever()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bare(bundle: Path, seconds: float) -> tuple[float, float]:
    """Measure the model in this process: median milliseconds for one tweet, and tweets per second in batches of 64."""
    from api.model.model import Model

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


def resident(process: psutil.Process) -> str:
    """Describe the memory of a process and its children; count shared memory once, as in a container, and in each."""
    memory = [part.memory_full_info() for part in [process, *process.children(recursive=True)]]
    once, each = (sum(getattr(part, kind) for part in memory) / 1e6 for kind in ("pss", "rss"))
    return f"{once:,.0f} MB ({each:,.0f} if shared memory is counted in each process)"


def our_settings(bundle: Path, scratch: Path, workers: int, port: int) -> dict[str, str]:
    """Return the environment variables of our service for a bundle."""
    settings = {"MODEL": bundle.resolve().parent, "VERSION": bundle.name, "STATE": scratch / f"state-{port}"}
    settings |= {"PORT": port, "WORKERS": workers, "QUEUE_SIZE": 4096}
    return {f"TEXTLAB_API_{name}": str(value) for name, value in settings.items()}


def telemetry_share(bundle: Path, scratch: Path, workers: int, seconds: float) -> float:
    """Return requests per second with telemetry as a share of those without: the median over several turns."""
    silent, reporting, endpoint = free_port(), free_port(), free_port()
    connection = f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{endpoint}/"
    settings = our_settings(bundle, scratch, workers, reporting) | SILENT
    settings |= {"APPLICATIONINSIGHTS_CONNECTION_STRING": connection}
    ingestion = subprocess.Popen([sys.executable, __file__, "ingest", str(endpoint)])
    shares = []
    try:
        with (
            server(SERVE, our_settings(bundle, scratch, workers, silent), "/predict", BODIES[0], silent),
            server(SERVE, settings, "/predict", BODIES[0], reporting),
        ):
            for _ in range(TELEMETRY_TURNS):
                rates = [measured(port, "/predict", BODIES, 16, seconds).rate for port in (silent, reporting)]
                shares.append(rates[1] / rates[0])
            if urlopen(f"http://127.0.0.1:{endpoint}/").read() == b"0":
                raise RuntimeError("No telemetry arrived, so its cost was not measured. Check telemetry_share.")
    finally:
        ingestion.terminate()
        ingestion.wait(30)
    return float(np.median(shares))


def main(
    bundle: Annotated[Path, typer.Argument(help="Bundle to serve: models/<name>/<number>.")],
    seconds: Annotated[float, typer.Option(help="Duration of each measurement.")] = 3,
    workers: Annotated[list[int], typer.Option(help="Number of worker processes of our service; repeatable.")] = [1, 2],  # noqa: B006
    peer: Annotated[bool, typer.Option(help="Also measure mlflow models serve.")] = True,
    telemetry: Annotated[bool, typer.Option(help="Also measure the cost of telemetry.")] = True,
) -> None:
    """Run all measurements and print them."""
    sys.path.insert(0, str(ROOT))
    console, table = Console(), Table("server", "connections", "requests/s", "p50 ms", "p99 ms")
    lone, batched = bare(bundle, seconds)
    table.add_row("model alone, one tweet", "", f"{1e3 / lone:,.0f}", f"{lone:.2f}", "")
    table.add_row("model alone, batches of 64", "", f"{batched:,.0f}", "", "")
    notes, servers = [], []
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as running:
        for count in workers:
            port, name = free_port(), f"ours, {count} process{'es' * (count > 1)}"
            settings = our_settings(bundle, Path(scratch), count, port)
            process, start = running.enter_context(server(SERVE, settings, "/predict", BODIES[0], port))
            servers.append((name, port, "/predict", BODIES))
            notes.append(f"{name}: ready after {start:.1f} s, {resident(process)}")
        if peer:
            port, process, start = running.enter_context(served_by_mlflow(bundle, Path(scratch)))
            servers.append(("mlflow", port, "/invocations", [json.dumps({"inputs": [tweet]}) for tweet in TWEETS]))
            notes.append(f"mlflow: ready after {start:.1f} s, {resident(process)}")
        found: dict[tuple[str, int], list[Figures]] = defaultdict(list)
        for _ in range(TURNS):
            for connections in (1, 16, 64):
                for name, *target in servers:
                    found[name, connections].append(measured(*target, connections, seconds))
        for (name, connections), figures in sorted(found.items()):
            rate, p50, p99 = np.median(figures, axis=0)
            table.add_row(name, str(connections), f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}")
        for name, port, _, _ in servers[: len(workers)]:
            rate = 0.7 * np.median(found[name, 64], axis=0)[0]
            late = np.median([measured(port, "/predict", BODIES, 64, seconds, rate).p99 for _ in range(TURNS)])
            table.add_row(f"{name}, at 70 % load", "64", f"{rate:,.0f}", "", f"{late:.2f}")
            over = np.median(found[name, 1], axis=0)[1] - lone
            notes.append(f"{name}, 1 connection: the median is {over:.2f} ms above the model alone")
            tweets = AT_ONCE * measured(port, "/predict", BODIES_OF_SEVERAL, 64, seconds).rate
            notes.append(
                f"{name}, 64 connections with {AT_ONCE} tweets per request: {tweets:,.0f} tweets per second, "
                f"{tweets / batched:.0%} of the model alone in batches of 64"
            )
            if peer:
                times = np.median([one.rate / other.rate for one, other in pairs(found, name, 16)])
                share = np.median([one.p50 / other.p50 for one, other in pairs(found, name, 1)])
                notes.append(
                    f"{name} against mlflow: {times:.1f} times the requests per second at 16 connections, "
                    f"{share:.0%} of the median latency at 1 (medians over {TURNS} turns)"
                )
    if telemetry:
        with tempfile.TemporaryDirectory() as scratch:
            for count in workers:
                share = telemetry_share(bundle, Path(scratch), count, seconds)
                notes.append(
                    f"telemetry, {count} worker process(es): {share:.1%} of the requests per second without it"
                )
    console.print(table)
    console.print("\n".join(notes))


def pairs(
    found: dict[tuple[str, int], list[Figures]], name: str, connections: int
) -> Iterator[tuple[Figures, Figures]]:
    """Pair our figures with those of mlflow in the same turn."""
    return zip(found[name, connections], found["mlflow", connections], strict=True)


@contextmanager
def served_by_mlflow(bundle: Path, scratch: Path) -> Iterator[tuple[int, psutil.Process, float]]:
    """Run `mlflow models serve` on the bundle with its defaults (one process)."""
    import mlflow

    (scratch / "peer.py").write_text(PEER)
    path, port = scratch / "peer", free_port()
    mlflow.pyfunc.save_model(
        path, python_model=str(scratch / "peer.py"), artifacts={"bundle": str(bundle)}, pip_requirements=["mlflow"]
    )
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(path), "-p", str(port)]
    body = json.dumps({"inputs": TWEETS[:1]})
    # mlflow starts uvicorn by name.
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with server([*command, "--env-manager", "local"], environment, "/invocations", body, port) as (
        process,
        start,
    ):
        yield port, process, start


if __name__ == "__main__":
    if sys.argv[1:] == ["generate"]:
        print(json.dumps(generate(*json.load(sys.stdin))))
    elif sys.argv[1:2] == ["ingest"]:
        ingest(int(sys.argv[2]))
    else:
        typer.run(main)
