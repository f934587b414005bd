"""The services of docker-compose.yml work together. The test runs the installed programs, without Docker."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import yaml

ROOT = Path(__file__).resolve().parents[1]
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
def running(command, log, **more):
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, **more)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture
def database(tmp_path):
    """Start PostgreSQL on a socket in a temporary folder; return its address."""
    folder = Path("/tmp") / f"textlab-postgres-{os.getpid()}"
    folder.mkdir()
    as_root = os.geteuid() == 0  # PostgreSQL refuses to run as root
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if as_root else {}
    if as_root:
        shutil.chown(folder, "postgres", "postgres")
    port, data = free_port(), folder / "data"
    create = [POSTGRES / "initdb", "--pgdata", data, "--username", "mlflow", "--auth", "trust", "--no-sync"]
    subprocess.run(create, check=True, capture_output=True, cwd="/", **user)
    serve = [POSTGRES / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
    try:
        with running(serve, tmp_path / "postgres.log", cwd="/", **user):
            until = time.monotonic() + 60
            while subprocess.run(
                [POSTGRES / "pg_isready", "-h", folder, "-p", str(port)], capture_output=True
            ).returncode:
                assert time.monotonic() < until
                time.sleep(0.2)
            subprocess.run([POSTGRES / "createdb", "-h", folder, "-p", str(port), "-U", "mlflow", "mlflow"], check=True)
            yield f"postgresql+psycopg2://mlflow@127.0.0.1:{port}/mlflow"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compose_command(service):
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"][service]["command"]


@pytest.mark.slow
@pytest.mark.skipif(POSTGRES is None, reason="needs PostgreSQL (Debian: postgresql)")
def test_a_run_is_logged_through_the_mlflow_server_into_postgresql(database, tmp_path, monkeypatch):
    port = free_port()
    ours = {
        "--host": "127.0.0.1",
        "--port": str(port),
        "--backend-store-uri": database,
        "--artifacts-destination": str(tmp_path / "artifacts"),
        "--allowed-hosts": f"127.0.0.1:{port}",
    }
    options = [word.split("=")[0] for word in compose_command("mlflow") if word.startswith("--")]
    assert options == list(ours)
    server = [sys.executable, "-m", "mlflow", "server", *(f"{name}={value}" for name, value in ours.items())]
    with running(server, tmp_path / "mlflow.log", env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}):
        wait_for(f"http://127.0.0.1:{port}/health")
        address = f"http://127.0.0.1:{port}"
        assert requests.get(address, headers={"Host": "evil.example"}, timeout=5).status_code == 403
        import mlflow

        client = mlflow.MlflowClient(address)
        run = client.create_run(client.create_experiment("team"))
        client.log_metric(run.info.run_id, "macro_recall", 0.7)
        client.log_text(run.info.run_id, "page", "report.html")
        client.set_terminated(run.info.run_id)
        found = client.search_runs([run.info.experiment_id], "metrics.macro_recall > 0.6")
        assert [one.info.run_id for one in found] == [run.info.run_id]
        assert [one.path for one in client.list_artifacts(run.info.run_id)] == ["report.html"]
    assert list((tmp_path / "artifacts").rglob("report.html"))
