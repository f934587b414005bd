"""The services of docker-compose.yml work together. The test runs the installed programs, without Docker."""

import os
import sys
from pathlib import Path

import pytest
import requests
import yaml
from servers import POSTGRES, free_port, postgresql, running, wait_for

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def database(tmp_path):
    with postgresql(tmp_path / "postgres.log", "mlflow") as address:
        yield address


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
