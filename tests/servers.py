"""Servers for tests: real programs on this machine, which stop with the test."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import requests

POSTGRES = max((path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address, seconds=240):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    raise TimeoutError(address)


@contextmanager
def running(command, log, seconds=30, **more):
    """Run a program in a session of its own; at the end, ask it to stop and wait so many seconds."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, **more)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(seconds)


@contextmanager
def postgresql(log, name):
    """Start PostgreSQL with one database, which is also the user; yield its address for SQLAlchemy."""
    folder = Path("/tmp") / f"textlab-postgres-{name}-{os.getpid()}"  # a socket's path must be short
    folder.mkdir()
    as_root = os.geteuid() == 0  # PostgreSQL refuses to run as root
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if as_root else {}
    if as_root:
        shutil.chown(folder, "postgres", "postgres")
    port, data = free_port(), folder / "data"
    create = [POSTGRES / "initdb", "--pgdata", data, "--username", name, "--auth", "trust", "--no-sync"]
    subprocess.run(create, check=True, capture_output=True, cwd="/", **user)
    serve = [POSTGRES / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
    try:
        with running(serve, log, cwd="/", **user):
            until = time.monotonic() + 60
            while subprocess.run(
                [POSTGRES / "pg_isready", "-h", folder, "-p", str(port)], capture_output=True
            ).returncode:
                assert time.monotonic() < until
                time.sleep(0.2)
            subprocess.run([POSTGRES / "createdb", "-h", folder, "-p", str(port), "-U", name, name], check=True)
            yield f"postgresql+psycopg2://{name}@127.0.0.1:{port}/{name}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
