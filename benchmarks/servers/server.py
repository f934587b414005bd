"""A running server: its port, its requests, its memory and its processor time."""

import http.client
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300
STOP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        name: for the table.
        process: its main process.
        port: on 127.0.0.1.
        path: where it takes requests.
        bodies: JSON bodies of requests with one tweet each.
        ready_seconds: from its start to its first answer.
    """

    name: str
    process: psutil.Process
    port: int
    path: str
    bodies: list[str]
    ready_seconds: float

    def processor_seconds(self) -> float:
        """Processor time of all its processes until now. It hardly depends on what else the machine does."""
        times = [process.cpu_times() for process in self._processes()]
        return sum(each.user + each.system for each in times)

    def memory(self) -> str:
        """Describe the memory of its processes, with shared memory counted once, as in a container, and in each."""
        memory = [process.memory_full_info() for process in self._processes()]
        once, each = (sum(getattr(part, kind) for part in memory) / 1e6 for kind in ("pss", "rss"))
        return f"{once:,.0f} MB ({each:,.0f} if shared memory is counted in each process)"

    def pause(self) -> None:
        """Stop all its processes, so that they take no processor time while another server is measured."""
        for process in self._processes():
            process.suspend()

    def resume(self) -> None:
        """Let them go on."""
        for process in self._processes():
            process.resume()

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def running(
    name: str, command: list[str], environment: dict[str, str], port: int, path: str, bodies: list[str]
) -> Iterator[Server]:
    """Run a server until the end of the block.

    Raises:
        RuntimeError: it ends, or does not answer within START_SECONDS. The message quotes the end of its log.
    """
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)
        try:
            if not _answers(process, port, path, bodies[0]):
                log.seek(0)
                raise RuntimeError(f"{name} did not start: {log.read()[-1000:].decode(errors='replace')}")
            yield Server(name, psutil.Process(process.pid), port, path, bodies, time.perf_counter() - started)
        finally:
            _stop(process)


@contextmanager
def alone(measured: Server, servers: Iterable[Server]) -> Iterator[None]:
    """Pause the other servers within the block. Some of them poll even if no request comes."""
    others = [server for server in servers if server is not measured]
    for server in others:
        server.pause()
    try:
        yield
    finally:
        for server in others:
            server.resume()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(process: subprocess.Popen[bytes], port: int, path: str, body: str) -> bool:
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


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    everyone = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for each in everyone:
        each.terminate()
    for each in psutil.wait_procs(everyone, STOP_SECONDS)[1]:
        each.kill()
    process.wait()
