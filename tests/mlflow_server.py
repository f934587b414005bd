"""A real MLflow server on this machine."""

import contextlib
import socket
import subprocess
import sys
import time

import psutil
import requests

from textlab.runner.kernels.processes import kill_tree


class Server:
    """An MLflow server on this machine, which can be stopped and started again."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
        self._command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1"]
        self._command += ["--artifacts-destination", str(folder / "artifacts")]

    def start(self):
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 300
        while True:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.address}/health", timeout=5).ok:
                    return
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def stop(self):
        kill_tree(psutil.Process(self._process.pid))
        self._process.wait()
