"""Load on a server: clients that keep their connections open and send one request after the other.

wrk makes it if it is installed; otherwise, and at a limited rate, a generator in Python does, which uses more of the
processor.
"""

import json
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from servers.server import Server

WRK = """
local number, bodies = 0, {%s}
local headers = {["Content-Type"] = "application/json"}
function request()
  number = number %% #bodies + 1
  return wrk.format("POST", "%s", headers, bodies[number])
end
function done(summary, latency)
  io.stderr:write(string.format("%%f %%f %%f %%f", summary.requests - summary.errors.status, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


class Figures(NamedTuple):
    """Requests per second, latencies in milliseconds, and the server's milliseconds of processor time per request.

    Requests count if the server answers them with success. BentoML refuses some when the machine is busy.
    """

    rate: float
    p50: float
    p99: float
    processor: float


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


def measured(
    server: Server, connections: int, seconds: float, bodies: list[str] | None = None, rate: float = 0
) -> Figures:
    """Load a server from another process over some connections, at full speed or at a rate; return the figures.

    Args:
        server: the server.
        connections: number of connections.
        seconds: duration of the load.
        bodies: what the requests hold in turn; by default, the server's own.
        rate: requests per second, 0 for as many as possible.
    """
    bodies = bodies or server.bodies
    before = server.processor_seconds()
    if shutil.which("wrk") and not rate:  # wrk cannot limit the rate
        requests, taken, p50, p99 = _with_wrk(server, connections, seconds, bodies)
    else:
        requests, taken, p50, p99 = _with_generator(server, connections, seconds, bodies, rate)
    return Figures(requests / taken, p50, p99, (server.processor_seconds() - before) / requests * 1e3)


def _with_wrk(server: Server, connections: int, seconds: float, bodies: list[str]) -> list[float]:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(WRK % (",".join(f"[==[{body}]==]" for body in bodies), server.path))
        script.flush()
        options = ["-t1", f"-c{connections}", f"-d{seconds:.0f}", "-s", script.name]
        command = ["wrk", *options, f"http://127.0.0.1:{server.port}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"wrk failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    return [float(number) for number in done.stderr.split()]


def _with_generator(
    server: Server, connections: int, seconds: float, bodies: list[str], rate: float
) -> tuple[int, float, float, float]:
    arguments = json.dumps([server.port, server.path, bodies, connections, seconds, rate])
    command = [sys.executable, "-m", "servers.load"]
    folder = Path(__file__).parents[1]
    done = subprocess.run(command, input=arguments, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"The load generator failed: {done.stderr[-500:]}")
    durations = json.loads(done.stdout)
    p50, p99 = np.percentile(durations, [50, 99])
    return len(durations), seconds, p50, p99


if __name__ == "__main__":
    print(json.dumps(generate(*json.load(sys.stdin))))
