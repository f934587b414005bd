"""A running service: gunicorn in its own process, on loopback."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, process, port, log, certificate=None):
        self.process, self.port, self.log = process, port, log
        self._tls = ssl.create_default_context(cafile=str(certificate)) if certificate else None

    def call(self, method, path, document=None, headers=None, timeout=60):
        """Send one request. Returns status, headers and body, which is parsed if it is JSON."""
        if self._tls:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self._tls)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            body = None if document is None else json.dumps(document)
            given = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body, given | (headers or {}))
            answer = connection.getresponse()
            content = answer.read()
            parsed = json.loads(content) if "json" in answer.headers.get("Content-Type", "") else content
            return answer.status, answer.headers, parsed
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """The process ids of gunicorn's workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def wait_until_ready(self, workers, seconds=280):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"The service ended at its start:\n{self.log.read_text()}")
            with suppress(OSError):  # nobody listens yet
                status, _, health = self.call("GET", "/health", timeout=5)
                if status == 200 and health["workers"] >= workers:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"The service was not ready in time:\n{self.log.read_text()}")


@contextmanager
def serving(model: Path, folder: Path, environment: dict[str, str] | None = None, **settings):
    """Run a service. `settings` are the TEXTLAB_API_ variables in lower case; `environment` adds other variables."""
    folder.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder / "log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TEXTLAB_")}
    environment = (
        inherited
        | (environment or {})
        | {
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        }
    )
    chosen = {"model": model, "state": folder / "state", "port": port, "workers": 1} | settings
    environment |= {f"TEXTLAB_API_{name.upper()}": str(value) for name, value in chosen.items()}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:api.gunicorn_settings"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    server = Server(process, port, log, settings.get("tls_certificate"))
    try:
        server.wait_until_ready(settings.get("workers", 1))
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Load:
    """Clients that send requests continuously, each over one connection, and count the outcomes."""

    def __init__(self, server: Server, clients: int = 8):
        self.server, self.counts, self.versions = server, {}, []
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def wait_for_answers(self, count=20, seconds=120):
        """Wait until this many further requests have been answered."""
        until, before = time.monotonic() + seconds, len(self.versions)
        while len(self.versions) < before + count:
            assert time.monotonic() < until, f"the service does not answer: {self.counts}"
            time.sleep(0.01)

    def _ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                connection.request("POST", "/predict", '{"text": "x"}', {"Content-Type": "application/json"})
                answer = connection.getresponse()
                document = json.loads(answer.read())
                outcome = answer.status
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                outcome, document = type(error).__name__, {}
            with self._lock:
                self.counts[outcome] = self.counts.get(outcome, 0) + 1
                if outcome == 200:
                    self.versions.append((started, time.monotonic(), document["model"]["version"]))
